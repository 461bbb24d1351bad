# SPDX-License-Identifier: Apache-2.0
"""zest.Tokenizer.encode_batch_flat behind JSON lines, for tokenizer_diff.py: ids without offsets are made on another path.

    python tests/tokenizer_rows.py TOKENIZER < lines      # {"text", "add_special"} a line → {"ids", "offsets", "ids_with_offsets"} a line
"""
import json
import sys

import zest


def answers(tokenizer: zest.Tokenizer, texts: list[str], add: bool) -> list[dict]:
    """Of the whole batch; where it fails as a whole, of each text by itself."""
    try:
        ids, starts = tokenizer.encode_batch_flat(texts, add_special_tokens=add, threads=2)
        same, same_starts, offsets = tokenizer.encode_batch_flat(texts, add_special_tokens=add, threads=1, offsets=True)
    except zest.ZestError as error:
        return [{"error": {"message": str(error)}}] if len(texts) == 1 else [answer for text in texts for answer in answers(tokenizer, [text], add)]
    rows = [(slice(starts[i], starts[i + 1]), slice(same_starts[i], same_starts[i + 1])) for i in range(len(texts))]
    return [{"ids": ids[row].tolist(), "offsets": offsets[other].tolist(), "ids_with_offsets": same[other].tolist()} for row, other in rows]


def main() -> None:
    tokenizer = zest.Tokenizer.from_file(sys.argv[1])
    lines = [json.loads(line) for line in sys.stdin]
    found: list[dict] = [{} for _ in lines]
    for add in (False, True):
        chosen = [i for i, line in enumerate(lines) if line["add_special"] == add]
        for i, answer in zip(chosen, answers(tokenizer, [lines[i]["text"] for i in chosen], add)):
            found[i] = answer
    for answer in found:
        print(json.dumps(answer))


if __name__ == "__main__":
    main()

#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Brings what zest needs, in this order, and does nothing where all is there: system packages, the build in build/, the
# default model in the cache, the Python package in .venv/. Each step says what it does and checks its own result.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"

packages=(gcc libc6-dev meson ninja-build pkg-config python3 python3-venv python3-dev python3-yaml
          libmicrohttpd-dev libjansson-dev libpcre2-dev libcurl4-openssl-dev ca-certificates)
# What only the tests need: another compiler, sanitizers' run-time, a counter of instructions, and npm, whose packages hold
# tokenizers to compare with (an npm from elsewhere does as well).
if [ "${1:-}" = tests ]; then
    packages+=(clang valgrind git)
    command -v npm >/dev/null || packages+=(npm)
fi

say() { printf '\033[1m== %s\033[0m\n' "$*" >&2; }
fail() { printf 'zest set-up: %s\n' "$*" >&2; exit 1; }

# The stamp remembers the last complete set-up by what it depends on, so that a second start takes no time.
wanted=$(cat scripts/setup.sh scripts/fetch_model.py scripts/fetch_tokenizers.py tests/requirements.txt | sha256sum | cut -c1-16)
stamp=build/.zest-setup${1:+-$1}

install_packages() {
    local missing=()
    command -v dpkg-query >/dev/null || {
        command -v meson >/dev/null && return
        fail "this is no Debian or Ubuntu; install the equivalents of: ${packages[*]}"
    }
    for package in "${packages[@]}"; do
        dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing+=("$package")
    done
    [ ${#missing[@]} -eq 0 ] && return
    say "installing ${missing[*]}"
    local sudo=()
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null || fail "root rights are needed to install: ${missing[*]}"
        sudo=(sudo)
    fi
    "${sudo[@]}" apt-get update -qq || fail "apt-get update failed; is there a network?"
    DEBIAN_FRONTEND=noninteractive "${sudo[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null ||
        fail "apt-get could not install: ${missing[*]}"
}

# The system's own, as in make_venv: Meson builds the Python package for the Python that it runs on itself, and another
# one in PATH (of pip, conda or pyenv) may run on another Python than .venv's.
build() {
    local meson=/usr/bin/meson
    [ -x "$meson" ] || meson=meson
    [ -f build/build.ninja ] || { say "configuring"; "$meson" setup build -Dpython=true >/dev/null || { cat build/meson-logs/meson-log.txt >&2; exit 1; }; }
    if [ "${1:-}" = loud ]; then
        say "building zest"
        ninja -C build >&2
    else
        ninja -C build --quiet >/tmp/zest-build.$$ 2>&1 || { cat /tmp/zest-build.$$ >&2; rm -f /tmp/zest-build.$$; exit 1; }
        rm -f /tmp/zest-build.$$
    fi
}

# Debian's own Python: the one whose headers and venv module were installed above.
make_venv() {
    local python=/usr/bin/python3
    [ -x "$python" ] || python=python3
    [ -x .venv/bin/python ] || "$python" -m venv .venv
}

# Without a network zest still runs, on a model of one's own; fetch_model.py says how.
model() {
    .venv/bin/python scripts/fetch_model.py --check || .venv/bin/python scripts/fetch_model.py || true
}

# The tests that compare with these tokenizers fail by name where one is missing.
tokenizers() {
    .venv/bin/python scripts/fetch_tokenizers.py --check || .venv/bin/python scripts/fetch_tokenizers.py || true
}

# The package is the one that build/ holds: a path file in the environment points there, so both change together.
python_package() {
    say "preparing .venv with the Python package"
    .venv/bin/python -m pip install --quiet --disable-pip-version-check -r tests/requirements.txt ||
        fail "pip could not install what the Python package needs; is there a network?"
    echo "$root/build/python" >"$(.venv/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/zest.pth"
    .venv/bin/python -c 'import zest' || fail "the Python package was built but can't be imported"
}

if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ]; then
    build quiet
    model
    [ "${1:-}" = tests ] && tokenizers
    exit 0
fi
install_packages
make_venv
build loud
model
python_package
[ "${1:-}" = tests ] && tokenizers
echo "$wanted" >"$stamp"

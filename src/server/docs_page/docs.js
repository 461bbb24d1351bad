// SPDX-License-Identifier: Apache-2.0
// The page /docs: reads docs.json, shows every operation and calls it. No library, nothing from elsewhere.
"use strict";

const byId = (id) => document.getElementById(id);

function element(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

function headers(hasBody) {
  const key = byId("key").value.trim();
  return { ...(hasBody ? { "Content-Type": "application/json" } : {}), ...(key ? { Authorization: `Bearer ${key}` } : {}) };
}

function pretty(text) {
  try {
    return shorten(JSON.stringify(JSON.parse(text), null, 2));
  } catch {
    return shorten(text);
  }
}

// Lists of plain values stay on one line; very long answers are cut on the page only.
function shorten(text) {
  const flat = text.replace(/\[\n\s+([^[\]{}]*?)\n\s*\]/g, (_, inside) => "[" + inside.replace(/,\n\s+/g, ", ") + "]");
  return flat.length > 100000 ? flat.slice(0, 100000) + `\n… (${flat.length - 100000} characters more)` : flat;
}

// ---- calling ---------------------------------------------------------------------------------------------------------

async function readStream(response, output) {
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  let text = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return text;
    text += decoder.decode(value, { stream: true });
    output.textContent = text;
    output.scrollTop = output.scrollHeight;
  }
}

function showResult(parts, response, milliseconds, size) {
  parts.status.textContent = `${response.status} ${response.statusText} · ${milliseconds.toFixed(1)} ms · ${size} characters`;
  parts.status.classList.toggle("bad", !response.ok);
  parts.output.classList.toggle("bad", !response.ok);
}

function showFailure(parts, error) {
  parts.status.textContent = "";
  parts.output.hidden = false;
  parts.output.classList.add("bad");
  parts.output.textContent = `The server did not answer: ${error.message}`;
}

async function call(operation, parts) {
  const body = operation.request === null ? undefined : parts.input.value;
  parts.button.disabled = true;
  parts.status.textContent = "running…";
  parts.status.classList.remove("bad");
  const start = performance.now();
  try {
    const response = await fetch(operation.path, { method: operation.method, body, headers: headers(body !== undefined) });
    if (response.status === 401) byId("key-field").hidden = false;
    parts.output.hidden = false;
    parts.output.textContent = "";
    const streams = (response.headers.get("Content-Type") || "").startsWith("text/event-stream");
    const text = streams ? await readStream(response, parts.output) : await response.text();
    if (!streams) parts.output.textContent = pretty(text);
    showResult(parts, response, performance.now() - start, text.length);
    if (operation.method === "PUT") loadModes();
  } catch (error) {
    showFailure(parts, error);
  } finally {
    parts.button.disabled = false;
  }
}

function curlLine(operation, body) {
  const quote = (text) => `'${text.replaceAll("'", "'\\''")}'`;
  const data = operation.request === null ? "" : ` -d ${quote(body)}`;
  return `curl ${operation.stream ? "-N " : ""}-X ${operation.method} ${location.origin}${operation.path}${data}`;
}

// ---- one operation ---------------------------------------------------------------------------------------------------

function fieldTable(title, rows) {
  if (!rows.length) return element("p", { textContent: `${title}: no fields` });
  const table = element("table", {}, element("caption", { textContent: title }),
    element("tr", {}, ...["field", "type", "meaning"].map((text) => element("th", { textContent: text }))));
  for (const row of rows) {
    const meaning = element("td", { textContent: row.doc });
    const notes = [row.required && title === "Request" ? "required" : "", row.limits].filter(Boolean).join(", ");
    if (notes) meaning.append(element("small", { textContent: notes }));
    table.append(element("tr", {}, element("td", {}, element("code", { textContent: row.name })), element("td", { textContent: row.type }), meaning));
  }
  return table;
}

function wire(card, operation) {
  const parts = { input: card.querySelector("textarea"), button: card.querySelector(".try"), status: card.querySelector(".status"), output: card.querySelector(".answer") };
  const fill = () => {
    parts.input.value = operation.request === null ? "" : shorten(JSON.stringify(operation.request, null, 2));
    parts.input.rows = Math.min(20, parts.input.value.split("\n").length);
  };
  fill();
  parts.input.parentElement.hidden = operation.request === null;
  card.querySelector(".reset").hidden = operation.request === null;
  parts.button.addEventListener("click", () => call(operation, parts));
  parts.input.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) call(operation, parts);
  });
  card.querySelector(".reset").addEventListener("click", fill);
  card.querySelector(".copy").addEventListener("click", async () => {
    const line = curlLine(operation, parts.input.value);
    try {
      await navigator.clipboard.writeText(line);
      parts.status.textContent = "copied";
    } catch {
      parts.output.hidden = false;
      parts.output.textContent = line;
    }
  });
}

function operationCard(operation) {
  const card = byId("operation-template").content.cloneNode(true).firstElementChild;
  const set = (selector, text) => { card.querySelector(selector).textContent = text; };
  card.id = operation.id;
  set(".method", operation.method);
  set(".path", operation.path);
  set(".brief", operation.summary);
  set(".doc", operation.doc === operation.summary ? "" : operation.doc);
  card.querySelector(".doc").hidden = operation.doc === operation.summary;
  set(".facts", operation.facts);
  set(".example", operation.answer === undefined || operation.answer === null ? "" : pretty(JSON.stringify(operation.answer)));
  card.addEventListener("toggle", () => {
    const fields = card.querySelector(".fields");
    if (card.open && !fields.childElementCount) fields.append(fieldTable("Request", operation.fields), fieldTable(operation.stream ? "Each item" : "Answer", operation.reply_fields));
  }, { once: true });
  wire(card, operation);
  return card;
}

// ---- modes -----------------------------------------------------------------------------------------------------------

async function putModes(body) {
  const response = await fetch("/services/mode", { method: "PUT", headers: headers(true), body: JSON.stringify(body) });
  const answer = await response.json();
  await loadModes(response.ok ? "" : answer.error.message);
}

function modeSelect(service, mode) {
  const names = ["production", "research"];
  const select = element("select", {}, ...names.concat(names.includes(mode) ? [] : [mode]).map((name) => element("option", { textContent: name, selected: name === mode })));
  select.addEventListener("change", () => putModes({ [service]: select.value }));
  return element("label", { className: service === "mode" ? "all" : "" }, service === "mode" ? "all" : service, select);
}

async function loadModes(problem = "") {
  const response = await fetch("/services/mode", { headers: headers(false) });
  if (response.status === 401) {
    byId("key-field").hidden = false;
    byId("modes").replaceChildren(element("p", { textContent: "This server asks for an API key." }));
    return;
  }
  const modes = await response.json();
  const values = new Set(Object.values(modes));
  const all = modeSelect("mode", values.size === 1 ? [...values][0] : "mixed");
  byId("modes").replaceChildren(...Object.entries(modes).map(([service, mode]) => modeSelect(service, mode)), all);
  if (problem) byId("modes").append(element("p", { textContent: problem }));
}

// ---- the page --------------------------------------------------------------------------------------------------------

function openTarget() {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (target instanceof HTMLDetailsElement) target.open = true;
  if (target) target.scrollIntoView();
}

function filter() {
  const wanted = byId("filter").value.toLowerCase();
  document.querySelector("nav").classList.toggle("finding", wanted !== "");
  for (const link of document.querySelectorAll("#list a")) link.hidden = !link.textContent.toLowerCase().includes(wanted);
  for (const heading of document.querySelectorAll("#list h3")) {
    let next = heading.nextElementSibling;
    heading.hidden = true;
    for (; next && next.tagName === "A"; next = next.nextElementSibling) heading.hidden &&= next.hidden;
  }
}

function show(groups) {
  const main = byId("groups");
  main.replaceChildren();
  for (const group of groups) {
    main.append(element("h2", { id: group.name, textContent: group.name }), element("p", { className: "about", textContent: group.summary }));
    byId("list").append(element("h3", { textContent: group.name }));
    for (const operation of group.operations) {
      main.append(operationCard(operation));
      byId("list").append(element("a", { href: `#${operation.id}`, textContent: operation.name }));
    }
  }
}

// Examples name the model of the contracts; this server's is in /version.
function nameModel(groups, model) {
  for (const group of groups)
    for (const operation of group.operations)
      if (operation.id === "get_model") operation.path = `/v1/models/${encodeURIComponent(model)}`;
}

async function start() {
  const [docs, version] = await Promise.all([fetch("/docs/docs.json"), fetch("/version")].map(async (response) => (await response).json()));
  nameModel(docs.groups, version.model);
  show(docs.groups);
  byId("version").textContent = `zest ${version.version} serves ${version.model}. Every operation below is live: edit the request and try it.`;
  byId("filter").addEventListener("input", filter);
  byId("key").addEventListener("change", () => loadModes());
  addEventListener("hashchange", openTarget);
  await loadModes();
  openTarget();
}

start().catch((error) => { byId("groups").replaceChildren(element("p", { className: "status bad", textContent: `The page could not be filled: ${error.message}` })); });

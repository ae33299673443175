// A stand-in of a document, as far as the page needs one, and a walk through it.
"use strict";
const fs = require("fs"), vm = require("vm"), assert = require("assert");
class Node {
  constructor(tag) { this.tagName = tag.toUpperCase(); this.children = []; this.attrs = {}; this.dataset = {}; this.on = {}; this.parent = null; this.value = ""; }
  append(...list) { for (const c of list) { const x = typeof c === "object" ? c : new Text(String(c)); x.parent = this; this.children.push(x); } }
  replaceChildren(...list) { this.children = []; this.append(...list); }
  setAttribute(k, v) { this.attrs[k] = String(v); if (k === "data-path") this.dataset.path = v; if (k === "hidden") this.hidden = true; }
  getAttribute(k) { return this.attrs[k] ?? null; }
  removeAttribute(k) { delete this.attrs[k]; }
  addEventListener(n, f) { (this.on[n] ||= []).push(f); }
  fire(n, e) { for (const f of this.on[n] || []) f({ preventDefault() {}, ...e }); }
  get childElementCount() { return this.children.filter(c => c instanceof Node).length; }
  get previousElementSibling() { const l = this.parent.children; return l[l.indexOf(this) - 1]; }
  get offsetParent() { for (let n = this; n; n = n.parent) if (n.hidden) return null; return this; }
  closest(tag) { let n = this; while (n && n.tagName !== tag.toUpperCase()) n = n.parent; return n; }
  all() { return this.children.flatMap(c => c instanceof Node ? [c, ...c.all()] : []); }
  querySelectorAll() { return this.all().filter(n => n.tagName === "BUTTON" || n.tagName === "A"); }
  get textContent() { return this.children.map(c => c.textContent).join(""); }
  set textContent(t) { this.children = [new Text(String(t))]; }
  focus() { document.activeElement = this; }
  blur() {} scrollIntoView() {}
}
class Text { constructor(t) { this.textContent = t; } }
const ids = {};
for (const id of ["project", "query", "found", "theme", "by-project", "by-database", "tree", "main", "manifest-data", "catalog-data"]) ids[id] = new Node(id === "tree" || id === "found" ? "ul" : "div");
const root = new Node("html"), keys = {};
const document = {
  getElementById: id => ids[id] || [...ids.found.children].find(c => c.attrs && c.attrs.id === id) || null,
  createElement: t => new Node(t), documentElement: root, activeElement: new Node("body"), title: "",
  querySelectorAll: () => ids.tree.querySelectorAll().filter(b => b.getAttribute("aria-expanded") === "true"),
  addEventListener: (n, f) => { keys[n] = f; },
};
let routed = () => {};
const location = { protocol: "http:", set hash(h) { this.h = h; routed(); }, get hash() { return this.h || ""; } };
const evil = "<img src=x onerror=alert(1)> **bold** `code` [bad](javascript:alert(1)) [good](https://example.com) ![in](assets/a.png) ![out](http://x/y.png)\n\n- a\n- b";
const model = (name, more) => ({ unique_id: "model.p." + name, resource_type: "model", name, package_name: "p", original_file_path: "models/a/" + name + ".sql", description: evil, columns: { id: { name: "id", description: evil, tags: ["pii"] } }, config: { materialized: "table" }, relation_name: '"db"."main"."' + name + '"', database: "db", schema: "main", raw_code: "select '</pre><b>'", compiled_code: "select 2", tags: ["t"], meta: { a: 1 }, depends_on: { nodes: [], macros: ["macro.p.help"] }, ...more });
const manifest = {
  metadata: { project_name: "p", generated_at: "now" },
  nodes: { "model.p.a": model("a"), "model.p.b": model("b", { version: 2, latest_version: 2 }), "test.p.t": { unique_id: "test.p.t", resource_type: "test", name: "t", attached_node: "model.p.a", column_name: "id", test_metadata: { name: "unique" }, original_file_path: "models/x.yml", package_name: "p", depends_on: { nodes: ["model.p.a"] } } },
  sources: { "source.p.raw.x": { unique_id: "source.p.raw.x", resource_type: "source", source_name: "raw", name: "x", package_name: "p", original_file_path: "models/s.yml", columns: {}, database: "db", schema: "raw", relation_name: "raw.x", source_description: evil } },
  exposures: { "exposure.p.e": { unique_id: "exposure.p.e", resource_type: "exposure", name: "e", label: "Board", package_name: "p", original_file_path: "models/e.yml", url: "javascript:alert(1)", owner: { name: "Ann", email: "a@b" }, depends_on: { nodes: ["model.p.a"] } } },
  macros: { "macro.p.help": { unique_id: "macro.p.help", resource_type: "macro", name: "help", package_name: "p", original_file_path: "macros/help.sql", macro_sql: "x", description: evil, arguments: [{ name: "a", type: "int", description: evil }] } },
  docs: { "doc.p.__overview__": { name: "__overview__", package_name: "p", block_contents: "# Hello\n\n" + evil } },
  parent_map: { "model.p.a": ["source.p.raw.x"], "model.p.b": ["model.p.a"], "exposure.p.e": ["model.p.b"] }, child_map: { "source.p.raw.x": ["model.p.a"], "model.p.a": ["model.p.b", "test.p.t"], "model.p.b": ["exposure.p.e"] },
};
const catalog = { nodes: { "model.p.a": { metadata: { type: "BASE TABLE", owner: null }, columns: { id: { name: "id", type: "INTEGER", index: 1, comment: null } }, stats: { has_stats: { include: false } } } }, sources: {}, errors: ["no <way>"] };
ids["manifest-data"].textContent = JSON.stringify(manifest);
ids["catalog-data"].textContent = JSON.stringify(catalog);
const window = { addEventListener: (n, f) => { if (n === "hashchange") routed = f; }, scrollTo() {} };
vm.runInNewContext(fs.readFileSync(process.argv[2], "utf8"), { document, window, location, Node, localStorage: { getItem: () => null, setItem() {} }, console });
setImmediate(() => {
  const main = ids.main, tags = () => new Set(main.all().map(n => n.tagName));
  assert(main.textContent.includes("Hello") && main.textContent.includes("no <way>"), "overview");
  for (const s of ["nodes", "sources", "exposures", "macros"]) for (const [id, n] of Object.entries(manifest[s])) {
    location.hash = "#!/" + n.resource_type + "/" + encodeURIComponent(id);
    assert(main.all().some(x => x.tagName === "H1"), id);
    assert(!tags().has("SCRIPT"), id + " has a script");
    for (const x of main.all()) for (const k of ["href", "src"]) assert(!/^\s*javascript:/i.test(x.attrs[k] || ""), id + " links to a script");
    for (const x of main.all().filter(x => x.tagName === "IMG")) assert.equal(x.attrs.src, "assets/a.png");
    for (const x of main.all()) assert(!Object.keys(x.attrs).some(k => /^on/i.test(k)), id + " has a handler in markup");
  }
  location.hash = "#!/model/model.p.a";
  assert(main.textContent.includes("<img src=x onerror=alert(1)>"), "a description is shown as text");
  assert(main.textContent.includes("INTEGER") && main.textContent.includes("unique"), "columns");
  assert(main.textContent.includes("raw.x") && main.textContent.includes("1 further"), "lineage");
  const tabs = main.all().filter(x => x.attrs.role === "tab");
  tabs[0].fire("keydown", { key: "ArrowRight" });
  assert(main.textContent.includes("select 2"), "compiled code");
  location.hash = "#!/model/%E0%A4%A";
  assert(main.textContent.includes("nothing of that name"), "a broken address");
  ids.query.value = "boa"; ids.query.fire("input", {});
  assert.equal(ids.found.children.length, 1);
  ids.query.fire("keydown", { key: "Enter" });
  assert(location.hash.includes("exposure.p.e"), "search opens");
  keys.keydown({ key: "/", preventDefault() {} });
  assert.equal(document.activeElement, ids.query, "slash searches");
  const first = ids.tree.querySelectorAll()[0];
  first.focus(); ids.tree.fire("keydown", { key: "ArrowRight" }); ids.tree.fire("keydown", { key: "ArrowDown" });
  assert.notEqual(document.activeElement, first, "arrows walk");
  ids["by-database"].fire("click", {});
  assert(ids.tree.textContent.includes("db"), "the tree of databases");
  ids.theme.fire("click", {});
  assert.equal(root.dataset.theme, "light");
});

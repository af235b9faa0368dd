// Where a Consolidated Reply, or the summary of a discussion, is made. Each section is a form that works without this script; the script makes
// an editor of it, saves while somebody writes, and loses nothing: what is not saved is kept in the browser.
const bench = document.getElementById("bench");
const words = bench.dataset;
const said = document.getElementById("said");
const toolbar = bench.querySelector(".toolbar");
const dialog = document.getElementById("linking");
const prose = await import(words.prose);

const PAUSE = 1500; // milliseconds after the last key
const LONGEST = 8000; // who writes without a pause is saved all the same
const BETWEEN = 3000; // no section is saved more often
const papers = new Map();
let current = null;

class Paper {
  constructor(section) {
    this.key = section.id;
    this.form = section.querySelector("form");
    this.state = section.querySelector(".state");
    this.area = this.form.elements.html;
    this.base = this.form.elements.based_on.value;
    // Each window keeps its own: what is saved in one says nothing of what was typed in another.
    this.kept = `${words.keep}-${this.key}-${Math.random().toString(36).slice(2)}`;
    this.dirty = false;
    this.busy = null; // the saving that is under way
    this.failures = this.last = this.since = 0;
    const [found, ...others] = this.recall();
    const mount = document.createElement("div");
    this.area.before(mount);
    this.editor = new prose.Editor({
      element: mount,
      injectCSS: false, // the policy of the site takes no styles from scripts
      content: found ? found.html : this.area.value,
      extensions: extensions(),
      editorProps: {
        attributes: {
          class: "sheet",
          role: "textbox",
          dir: "auto",
          "aria-multiline": "true",
          "aria-labelledby": `${this.key}-heading`,
        },
      },
      onFocus: () => point(this),
      onUpdate: () => this.changed(),
      onTransaction: () => current === this && show(),
    });
    section.classList.add("written");
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.save();
    });
    if (found) {
      this.base = found.base;
      this.changed();
      this.tell(words.found, true);
      this.gather(found, others);
    }
  }

  html() {
    return this.editor.isEmpty ? "" : this.editor.getHTML();
  }

  // What windows that are gone had typed and not saved.
  recall() {
    try {
      const mine = Object.keys(localStorage).filter((name) => name.startsWith(`${words.keep}-${this.key}-`));
      return mine.map((name) => ({ name, ...JSON.parse(localStorage.getItem(name)) }));
    } catch {
      return [];
    }
  }

  async gather(found, others) {
    localStorage.removeItem(found.name); // it stands in this window now, and is kept under its name
    for (const { name, html, base } of others) {
      try {
        await post(this.form, { html, based_on: base });
        localStorage.removeItem(name);
      } catch {
        return; // it stays for the next window
      }
    }
    this.save();
  }

  changed() {
    this.since ||= Date.now();
    this.dirty = true;
    try {
      localStorage.setItem(this.kept, JSON.stringify({ html: this.html(), base: this.base }));
    } catch {
      // A browser without storage still saves to the house.
    }
    if (!this.failures) this.tell(words.writing);
    if (!this.failures && !this.busy) this.soon(Date.now() - this.since > LONGEST ? 0 : PAUSE);
  }

  soon(wait) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.save(), Math.max(wait, this.last + BETWEEN - Date.now()));
  }

  tell(text, late = false) {
    this.state.textContent = text;
    this.state.classList.toggle("late", late);
  }

  // Also asks what others wrote meanwhile: a text that nobody changed here comes back as it is now.
  async save() {
    clearTimeout(this.timer);
    while (this.busy) await this.busy;
    this.busy = this.send();
    await this.busy;
    this.busy = null;
    if (this.dirty && !this.failures) this.soon(PAUSE);
  }

  async send() {
    const sent = this.html();
    this.last = Date.now();
    this.since = 0;
    let answer;
    try {
      answer = await post(this.form, { html: sent, based_on: this.base });
    } catch (fault) {
      this.failed(fault);
      return;
    }
    this.failures = 0;
    const typed = this.html() !== sent;
    if (answer.html !== null && !typed) {
      this.replace(answer.html);
      this.base = answer.html;
    } else {
      // What was typed since stands on what was sent; the house merges it with the rest.
      this.base = sent;
    }
    this.dirty = typed;
    if (!this.dirty) {
      localStorage.removeItem(this.kept);
      this.tell(`${words.saved} ${answer.saved}`);
    }
    if (answer.told) speak(answer.told, this);
    news(answer);
  }

  failed(fault) {
    if (fault.told) {
      // It was refused with a reason; another attempt with the same words would be, too.
      this.dirty = false;
      speak(fault.told, this);
      this.tell(fault.told, true);
      return;
    }
    if (!this.dirty) return;
    this.failures += 1;
    this.tell(fault.status ? words.gone : words.offline, true);
    if (this.failures === 1) speak(this.state.textContent);
    this.soon(Math.min(60000, 2000 * 2 ** this.failures));
  }

  replace(html) {
    const { from, to } = this.editor.state.selection;
    this.editor.commands.setContent(html, { emitUpdate: false });
    const end = this.editor.state.doc.content.size;
    this.editor.commands.setTextSelection({ from: Math.min(from, end), to: Math.min(to, end) });
  }
}

async function post(form, fields) {
  const body = new URLSearchParams(new FormData(form));
  for (const [name, value] of Object.entries(fields)) body.set(name, value);
  const answer = await fetch(form.action, {
    method: "POST",
    headers: { Accept: "application/json" },
    body,
    keepalive: String(body).length < 60000, // it goes out even while the window closes; browsers take no more
    redirect: "error",
    signal: AbortSignal.timeout(30000),
  });
  if (answer.ok) return answer.json();
  const fault = new Error(answer.statusText);
  if (answer.status === 422) fault.told = (await answer.json()).told;
  else if (answer.status < 500) fault.status = answer.status;
  throw fault;
}

function speak(text, paper) {
  said.textContent = text;
  if (!paper) return;
  paper.form.querySelector(".note")?.remove();
  const note = document.createElement("p");
  note.className = "note warn";
  note.textContent = text;
  paper.form.prepend(note);
}

function news(answer) {
  // From the house's own templates; every word is escaped there.
  document.getElementById("missing").innerHTML = answer.missing;
  document.getElementById("coverage").textContent = answer.coverage;
  for (const response of bench.querySelectorAll(".response")) {
    response.querySelector("[data-covered]").hidden = !answer.covered.includes(response.id.slice("response-".length));
  }
}

function extensions() {
  const { Document, Paragraph, Text, HardBreak, Bold, Italic, Heading, BulletList, OrderedList, ListItem, Blockquote, Link, History } = prose;
  return [
    Document,
    Paragraph,
    Text,
    HardBreak,
    Bold,
    Italic,
    Heading.configure({ levels: [3, 4] }),
    BulletList,
    OrderedList,
    ListItem,
    Blockquote,
    History,
    Link.extend({
      addKeyboardShortcuts: () => ({
        "Mod-k": () => {
          acts.link();
          return true;
        },
      }),
    }).configure({ openOnClick: false, enableTarget: false }),
  ];
}

const on = () => current.editor.chain().focus();
const acts = {
  bold: () => on().toggleBold().run(),
  italic: () => on().toggleItalic().run(),
  heading: () => on().toggleHeading({ level: 3 }).run(),
  place: () => on().toggleHeading({ level: 4 }).run(),
  bullets: () => on().toggleBulletList().run(),
  numbers: () => on().toggleOrderedList().run(),
  quote: () => on().toggleBlockquote().run(),
  undo: () => on().undo().run(),
  redo: () => on().redo().run(),
  found: () =>
    on()
      .insertContent([
        { type: "text", text: " " },
        { type: "text", text: words.byMe, marks: [{ type: "link", attrs: { href: "#found" } }] },
        { type: "text", text: " " },
      ])
      .run(),
  unresolved: () => {
    const { from, to } = current.editor.state.selection;
    const chosen = current.editor.state.doc.textBetween(from, to, " ") || words.unresolved;
    on().insertContent({ type: "text", text: `[[${chosen}]]` }).run();
  },
  link: () => {
    const field = dialog.querySelector("input");
    field.value = current.editor.getAttributes("link").href || "";
    dialog.returnValue = "";
    dialog.showModal();
  },
};
const active = {
  bold: ["bold"],
  italic: ["italic"],
  heading: ["heading", { level: 3 }],
  place: ["heading", { level: 4 }],
  bullets: ["bulletList"],
  numbers: ["orderedList"],
  quote: ["blockquote"],
  link: ["link"],
};

function point(paper) {
  current = paper;
  show();
}

function show() {
  for (const [name, of] of Object.entries(active)) {
    toolbar.querySelector(`[data-do=${name}]`).setAttribute("aria-pressed", current.editor.isActive(...of));
  }
}

dialog.addEventListener("close", () => {
  const href = dialog.querySelector("input").value.trim();
  const whole = current.editor.chain().focus().extendMarkRange("link");
  if (dialog.returnValue === "none" || (dialog.returnValue === "link" && !href)) whole.unsetLink().run();
  else if (dialog.returnValue !== "link") current.editor.commands.focus();
  else if (current.editor.state.selection.empty && !current.editor.isActive("link")) {
    on().insertContent({ type: "text", text: href, marks: [{ type: "link", attrs: { href } }] }).run();
  } else whole.setLink({ href }).run();
});

// One stop for the Tab key; arrows go from button to button.
const buttons = [...toolbar.querySelectorAll("button")];
const stop = (at) => buttons.forEach((one) => (one.tabIndex = one === at ? 0 : -1));
stop(buttons[0]);
toolbar.addEventListener("mousedown", (event) => event.preventDefault()); // the selection stays in the text
toolbar.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  stop(button);
  acts[button.dataset.do]();
});
toolbar.addEventListener("keydown", (event) => {
  const turn = document.dir === "rtl" ? -1 : 1;
  const step = { ArrowRight: turn, ArrowLeft: -turn }[event.key];
  const at = buttons.indexOf(document.activeElement);
  const to = event.key === "Home" ? 0 : event.key === "End" ? buttons.length - 1 : step && (at + step + buttons.length) % buttons.length;
  if (to === undefined) return;
  event.preventDefault();
  stop(buttons[to]);
  buttons[to].focus();
});

for (const section of bench.querySelectorAll(".section")) papers.set(section.id, new Paper(section));
current = [...papers.values()][0];
show();
toolbar.hidden = false;

// What is selected in a response is what its button takes.
for (const response of bench.querySelectorAll(".response")) {
  const form = response.querySelector("form");
  const take = form.querySelector("[data-take]");
  take.dataset.whole = take.textContent;
  form.elements.selection.addEventListener("input", () => label(form, take));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const paper = papers.get(form.elements.section.value);
    try {
      const answer = await post(form, {});
      document.getSelection().removeAllRanges();
      form.elements.selection.value = "";
      label(form, take);
      said.textContent = answer.told;
      await paper.save();
      news(answer);
      document.getElementById(paper.key).scrollIntoView({ block: "nearest" });
    } catch (fault) {
      speak(fault.told || (fault.status ? words.gone : words.offline), paper);
    }
  });
}

function label(form, take) {
  take.textContent = form.elements.selection.value.trim() ? words.part : take.dataset.whole;
}

document.addEventListener("selectionchange", () => {
  const chosen = document.getSelection();
  const at = chosen.anchorNode && (chosen.anchorNode.nodeType === 1 ? chosen.anchorNode : chosen.anchorNode.parentElement);
  const letter = at?.closest(".response .body");
  if (!letter || !letter.contains(chosen.focusNode)) return;
  const form = letter.parentElement.querySelector("form");
  form.elements.selection.value = chosen.toString().trim();
  label(form, form.querySelector("[data-take]"));
});

// From what is missing to its place.
document.getElementById("missing").addEventListener("click", (event) => {
  const link = event.target.closest("a");
  const paper = link && papers.get(link.hash.slice(1));
  if (!paper) return;
  event.preventDefault();
  const dom = paper.editor.view.dom;
  const blocks = [...dom.querySelectorAll("p, h3, h4")].filter((one) => one.textContent.trim());
  const block = blocks[link.dataset.block];
  if (block) paper.editor.commands.setTextSelection(paper.editor.view.posAtDOM(block, 0));
  paper.editor.view.focus();
  (block || dom).scrollIntoView({ block: "center" });
});

// Whoever goes on from this page takes everything along: it is saved first.
const all = () => Promise.all([...papers.values()].map((paper) => (paper.dirty ? paper.save() : null)));
for (const form of document.querySelectorAll('main form[action$="/draft"]')) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    await all();
    form.submit();
  });
}
for (const link of document.querySelectorAll("a[data-waits]")) {
  link.addEventListener("click", async (event) => {
    event.preventDefault();
    await all();
    location.assign(link.href);
  });
}

addEventListener("online", () => papers.forEach((paper) => paper.dirty && paper.save()));
document.addEventListener("visibilitychange", () => {
  for (const paper of papers.values()) {
    if (paper.dirty ? document.hidden : !document.hidden) paper.save();
  }
});
addEventListener("beforeunload", (event) => {
  if ([...papers.values()].some((paper) => paper.dirty && paper.failures)) event.preventDefault();
});
bench.dataset.ready = "yes";

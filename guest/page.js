// SPDX-License-Identifier: GPL-2.0
"use strict";

/* Text goes into the page by textContent only: nothing in the data is markup. */
const report = JSON.parse(document.getElementById("data").textContent);
const { kernels, catalogue } = report;
const states = new Map(report.states.map((state) => [state.name, state]));
const verdictState = {
	fail: "broken", broken: "set-up-broken", xfail: "deviates", xpass: "better", pass: "kept", skip: "not-judged",
};
const byId = (id) => document.getElementById(id);

/* make("td", {class: "x"}, "text", otherElement) */
function make(tag, attributes = {}, ...children) {
	const element = document.createElement(tag);
	for (const [name, value] of Object.entries(attributes))
		if (value !== undefined && value !== null)
			element.setAttribute(name, value);
	element.append(...children.filter((child) => child !== null && child !== undefined && child !== ""));
	return element;
}

/* A row is a requirement or a deviation; both have cases, and a cell on each kernel. */
const rows = new Map();
for (const requirement of catalogue.requirements)
	rows.set(requirement.id, { ...requirement, text: requirement.promise });
for (const deviation of catalogue.deviations)
	rows.set(deviation.id, {
		...deviation,
		deviation: true,
		text: deviation.how,
		cases: catalogue.cases.filter((one) => one.deviation === deviation.id).map((one) => one.name),
		chapter: rows.get(deviation.requirement)?.chapter,
	});
for (const kernel of kernels) {
	kernel.byCase = new Map();
	for (const result of kernel.results) {
		const name = result.name.split(".")[0];
		if (!kernel.byCase.has(name))
			kernel.byCase.set(name, []);
		kernel.byCase.get(name).push(result);
	}
}
const entries = new Map(catalogue.cases.map((one) => [one.name, one.entry]));

const anchor = (row, kernel) => `${row.id}/${kernel.label}`;
const link = (id) => "#" + id.split("/").map(encodeURIComponent).join("/");
const badge = (state) => make("span", { class: `badge ${state}`, "aria-hidden": "true" }, states.get(state).glyph);

function seconds(value) {
	if (value === null || value === undefined)
		return "";
	return value >= 90 ? `${Math.floor(value / 60)} min ${Math.round(value % 60)} s` : `${Math.round(value)} s`;
}

/* How to run it again; the running kernel needs no guest. */
function command(kernel, selection) {
	const guest = kernel.status === "judged" && !kernel.accelerator ? "" : `--kernel ${kernel.label} `;
	return `./run_tests.sh ${guest}${selection}`;
}
const entryOf = (name) => (entries.get(name) === "guest-only" ? "--entry guest-only " : "");

/* How many cells are in which state, as a strip of colours. */
function strip(totals) {
	const parts = [...states.keys()].filter((state) => totals[state]);
	return make("div", { class: "strip", "aria-hidden": "true" },
		...parts.map((state) => make("i", { class: state, style: `flex:${totals[state]}` })));
}

function totalsOf(kernel, some) {
	const totals = {};
	for (const row of some) {
		const { state } = kernel.cells[row.id];
		totals[state] = (totals[state] || 0) + 1;
	}
	return totals;
}

function inWords(totals) {
	return [...states.keys()].filter((state) => totals[state])
		.map((state) => `${totals[state]} ${states.get(state).words}`).join(", ");
}

function showKernels() {
	for (const kernel of kernels) {
		const times = [
			kernel.boot_seconds && `boot ${seconds(kernel.boot_seconds)}`,
			kernel.seconds && `${seconds(kernel.seconds)} in all`,
			kernel.accelerator,
			(kernel.date || "").slice(0, 10),
		];
		const counts = [...states.values()].filter((state) => kernel.totals[state.name]);
		byId("kernels").append(make("a", { class: "kernel", href: link(`kernel/${kernel.label}`), id: `kernel/${kernel.label}` },
			make("h3", {}, badge(kernel.verdict.state), kernel.label),
			make("p", { class: "package" },
				[kernel.release, kernel.version && kernel.version !== kernel.release && `(${kernel.version})`,
					kernel.flavour, kernel.arch].filter(Boolean).join(" ")),
			make("p", { class: "says" }, kernel.verdict.text),
			strip(kernel.totals),
			make("div", { class: "counts" }, ...counts.map((state) =>
				make("span", { title: state.words }, `${state.glyph} ${kernel.totals[state.name]}`))),
			make("p", { class: "times" }, times.filter(Boolean).join(" · ")),
		));
	}
}

function cell(row, kernel) {
	const { state, reason } = kernel.cells[row.id];
	const words = states.get(state).words;
	const shown = make("a", {
		class: `cell ${state}`,
		href: link(anchor(row, kernel)),
		tabindex: "-1",
		title: `${row.id} on ${kernel.label}: ${words}${reason ? `\n${reason}` : ""}`,
		"aria-label": `${row.id} on ${kernel.label}: ${words}`,
	}, states.get(state).glyph);
	return make("td", { id: anchor(row, kernel), "data-kernel": kernel.label }, shown);
}

/* 6.12.95 of 6.12.95+deb12-cloud-amd64, unless the label says it. */
function shortRelease(kernel) {
	const release = (kernel.release || "").match(/^[\d.]+(-rc\d+)?/)?.[0];
	return release && kernel.label.startsWith(release) ? "" : release;
}

function head(title) {
	const columns = make("colgroup", {}, make("col"),
		...kernels.map((kernel) => make("col", { class: "states", "data-kernel": kernel.label })));
	const line = make("tr", {}, make("th", { scope: "col" }, title),
		...kernels.map((kernel) => make("th", { scope: "col", "data-kernel": kernel.label, title: kernel.release },
			kernel.label, shortRelease(kernel) && make("small", {}, shortRelease(kernel)))));
	return [columns, make("thead", {}, line)];
}

/* One tbody a group: a line that folds it, with a strip for each kernel, and its rows. */
function group(title, some, rowHead, strips) {
	const body = make("tbody");
	const fold = make("button", { type: "button", "aria-expanded": "true" }, title);
	fold.addEventListener("click", () => setFolded(body, !body.classList.contains("folded")));
	body.append(make("tr", { class: "group" }, make("th", { scope: "rowgroup" }, fold),
		...kernels.map((kernel) => {
			const totals = totalsOf(kernel, some);
			return make("td", { "data-kernel": kernel.label, title: inWords(totals) }, strips ? strip(totals) : "");
		})));
	for (const row of some) {
		row.line = make("tr", { id: row.id }, make("th", { scope: "row" }, ...rowHead(row)),
			...kernels.map((kernel) => cell(row, kernel)));
		body.append(row.line);
	}
	return body;
}

function setFolded(body, folded) {
	body.classList.toggle("folded", folded);
	body.querySelector(".group button").setAttribute("aria-expanded", String(!folded));
}

function showTables() {
	const deviations = catalogue.deviations.map((deviation) => rows.get(deviation.id));
	const telling = new Set(["broken", "set-up-broken", "deviates", "better"]);
	const seen = (row) => kernels.some((kernel) => telling.has(kernel.cells[row.id].state));
	const deviationHead = (row) => [
		make("span", { class: "name" },
			make("a", { href: link(row.id) }, row.id),
			make("a", { class: "id", href: link(row.requirement) }, row.requirement),
			make("span", { class: "range" }, row.range)),
		make("span", { class: "promise", title: row.text }, row.text),
	];
	byId("deviations").append(...head("What the kernel does instead"),
		group("Seen on these kernels", deviations.filter(seen), deviationHead, false),
		group("Catalogued, not seen on these kernels", deviations.filter((row) => !seen(row)), deviationHead, false));
	const requirementHead = (row) => [
		make("span", { class: "promise", title: row.text },
			make("a", { class: "id", href: link(row.id) }, row.id), row.text),
	];
	byId("requirements").append(...head("The promise"));
	for (const chapter of catalogue.chapters) {
		const some = [...rows.values()].filter((row) => !row.deviation && row.chapter === chapter.name);
		byId("requirements").append(group(chapter.title, some, requirementHead, true));
	}
}

/* What a reader must not miss: every broken promise, with what was seen. */
function showBroken() {
	for (const kernel of kernels) {
		/* Not of a promise: it crashed, it hung, it complained. */
		if (kernel.verdict.state === "broken" && !kernel.totals.broken)
			addBroken(kernel, `kernel/${kernel.label}`, "Verdict", "broken", kernel.verdict.text,
				(kernel.splats || []).map((splat) => splat.split("\n")[0]).join("; "));
		for (const row of rows.values()) {
			const { state } = kernel.cells[row.id];
			if (row.deviation || (state !== "broken" && state !== "set-up-broken"))
				continue;
			const results = row.cases.flatMap((name) => kernel.byCase.get(name) || [])
				.filter((result) => verdictState[result.verdict] === state);
			const more = results.length > 1 ? ` and ${results.length - 1} more` : "";
			addBroken(kernel, anchor(row, kernel), row.id, state, row.text,
				`${results[0].name}${more}: ${gist(results[0])}`);
		}
	}
}

function gist(result) {
	const said = result.diagnostics.filter((line) => /^\s*(expected|seen):/.test(line)).map((line) => line.trim());
	return said.slice(0, 2).join(", ") || result.reason;
}

function addBroken(kernel, where, title, state, text, detail = "") {
	byId("broken-section").hidden = false;
	document.querySelector('[href="#broken-section"]').hidden = false;
	byId("broken-list").append(make("li", {}, badge(state), make("div", {},
		make("a", { href: link(where) }, `${title} on ${kernel.label}`), ` ${text}`, make("small", {}, detail))));
}

/* Filters. A row is shown if it passes all of them on the kernels shown. */
const filter = { words: [], chapter: "", states: new Set(), away: new Set(), differences: false };

function pass(row) {
	if (filter.chapter && row.chapter !== filter.chapter)
		return false;
	const shown = kernels.filter((kernel) => !filter.away.has(kernel.label)).map((kernel) => kernel.cells[row.id].state);
	if (filter.states.size && !shown.some((state) => filter.states.has(state)))
		return false;
	/* A kernel that was not judged differs from none. */
	if (filter.differences && new Set(shown.filter((state) => state !== "not-judged")).size < 2)
		return false;
	row.searched ??= [row.id, row.text, row.requirement, row.source, row.evidence, row.range, row.uncovered, ...row.cases]
		.join(" ").toLowerCase();
	return filter.words.every((word) => row.searched.includes(word));
}

function applyFilters() {
	let count = 0;
	let total = 0;
	for (const row of rows.values()) {
		const shown = pass(row);
		row.line.hidden = !shown;
		if (!row.deviation) {
			count += shown;
			total++;
		}
	}
	for (const body of document.querySelectorAll(".matrix tbody"))
		body.hidden = !body.querySelector("tr:not(.group):not([hidden])");
	for (const element of document.querySelectorAll(".matrix [data-kernel]"))
		element.classList.toggle("away", filter.away.has(element.dataset.kernel));
	byId("count").textContent = `${count} of ${total} requirements`;
	oneTabStop();
}

function chip(parent, plain, pressed, children, press) {
	const button = make("button", { type: "button", class: plain ? "chip plain" : "chip", "aria-pressed": String(pressed) }, ...children);
	button.addEventListener("click", () => {
		const now = button.getAttribute("aria-pressed") !== "true";
		button.setAttribute("aria-pressed", String(now));
		press(now);
		applyFilters();
	});
	byId(parent).append(button);
	return button;
}

function setUpFilters() {
	const put = (set, value, on) => (on ? set.add(value) : set.delete(value));
	for (const chapter of catalogue.chapters)
		byId("chapter").append(make("option", { value: chapter.name }, chapter.title));
	const kernelChips = kernels.map((kernel) => chip("shown-kernels", true, true, [kernel.label],
		(on) => put(filter.away, kernel.label, !on)));
	const stateChips = report.states.map((state) => chip("shown-states", false, false, [badge(state.name), state.words],
		(on) => put(filter.states, state.name, on)));
	byId("words").addEventListener("input", (event) => {
		filter.words = event.target.value.toLowerCase().split(/\s+/).filter(Boolean);
		applyFilters();
	});
	byId("chapter").addEventListener("change", (event) => {
		filter.chapter = event.target.value;
		applyFilters();
	});
	byId("differences").addEventListener("change", (event) => {
		filter.differences = event.target.checked;
		applyFilters();
	});
	byId("filters").addEventListener("submit", (event) => event.preventDefault());
	byId("filters").addEventListener("reset", () => {
		Object.assign(filter, { words: [], chapter: "", differences: false });
		filter.states.clear();
		filter.away.clear();
		for (const button of kernelChips)
			button.setAttribute("aria-pressed", "true");
		for (const button of stateChips)
			button.setAttribute("aria-pressed", "false");
		applyFilters();
	});
	byId("fold").addEventListener("click", (event) => {
		const bodies = [...document.querySelectorAll("#requirements tbody")];
		const folded = !bodies.every((body) => body.classList.contains("folded"));
		bodies.forEach((body) => setFolded(body, folded));
		event.target.textContent = folded ? "Unfold all chapters" : "Fold all chapters";
	});
	/* The tables' heads stick below the filters. */
	new ResizeObserver(() => document.documentElement.style.setProperty("--bar", `${byId("filters").offsetHeight}px`))
		.observe(byId("filters"));
}

/* Keyboard: a table is one stop of Tab; arrows go from cell to cell. */
const visible = (element) => element.offsetParent !== null;

function oneTabStop() {
	for (const table of document.querySelectorAll(".matrix")) {
		const stop = table.querySelector('.cell[tabindex="0"]');
		if (stop && visible(stop))
			continue;
		stop?.setAttribute("tabindex", "-1");
		[...table.querySelectorAll(".cell")].find(visible)?.setAttribute("tabindex", "0");
	}
}

function moveTo(target) {
	target.closest(".matrix").querySelector('.cell[tabindex="0"]')?.setAttribute("tabindex", "-1");
	target.setAttribute("tabindex", "0");
	target.focus();
}

function onArrow(event) {
	const from = event.target.closest?.(".cell");
	const step = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
	if (!from || !step || event.ctrlKey || event.altKey || event.metaKey)
		return;
	event.preventDefault();
	const lines = [...from.closest(".matrix").querySelectorAll("tbody tr:not(.group)")].filter(visible);
	const cellsOf = (line) => [...line.querySelectorAll(".cell")].filter(visible);
	const line = from.closest("tr");
	const target = cellsOf(lines[lines.indexOf(line) + step[0]] || line)[cellsOf(line).indexOf(from) + step[1]];
	if (target)
		moveTo(target);
}

/* Evidence. */
function paragraph(text, className) {
	return text ? make("p", { class: className }, text) : null;
}

function again(text) {
	const copy = make("button", { type: "button", class: "quiet" }, "Copy");
	copy.addEventListener("click", async () => {
		await navigator.clipboard.writeText(text);
		copy.textContent = "Copied";
	});
	/* Pages opened as files may have no clipboard. */
	return make("div", { class: "again" }, make("pre", {}, text), navigator.clipboard ? copy : "");
}

function diagnostics(lines, open) {
	const block = make("pre");
	for (const line of lines) {
		const telling = /^\s*(expected|seen):/.test(line);
		block.append(telling ? make("b", {}, line) : line, "\n");
	}
	return make("details", { open: open ? "" : null }, make("summary", {}, "expected and seen"), block);
}

function resultLine(kernel, result, open, reason) {
	const state = verdictState[result.verdict];
	const bad = state === "broken" || state === "set-up-broken";
	const [name, ...variant] = result.name.split(".");
	return make("li", { class: "result" }, badge(state), make("code", {}, variant.join(".")),
		make("time", {}, result.milliseconds === null ? "" : `${result.milliseconds} ms`),
		reason ? make("small", {}, reason) : "",
		result.diagnostics.length ? diagnostics(result.diagnostics, open) : "",
		bad ? again(command(kernel, `${entryOf(name)}-t ${result.name}`)) : "");
}

function caseEvidence(kernel, name) {
	const results = kernel.byCase.get(name) || [];
	const worst = [...states.keys()].find((state) => results.some((result) => verdictState[result.verdict] === state)) || "not-judged";
	const time = results.reduce((sum, result) => sum + (result.milliseconds || 0), 0);
	const open = results.length && worst !== "kept";
	const explained = results.find((result) => result.diagnostics.length);
	/* A reason is said once, not by each of its results in turn. */
	const reasons = results.map(({ reason }, i) => (reason === results[i - 1]?.reason ? "" : reason));
	return make("details", { class: "case", open: open ? "" : null },
		make("summary", {}, badge(worst), make("code", {}, name),
			make("span", {}, results.length ? `${results.length} × · ${seconds(time / 1000)}` : "no result")),
		make("ul", {}, ...results.map((result, i) => resultLine(kernel, result, result === explained, reasons[i])),
			make("li", {}, again(command(kernel, `${entryOf(name)}-t ${name}`)))));
}

function showCell(row, kernel) {
	const { state, reason } = kernel.cells[row.id];
	const deviations = catalogue.deviations.filter((one) => one.requirement === row.id);
	const status = {
		documented: "The document promises it.",
		"code-only": "The document is silent; the kernel's code does it.",
		deviates: "The document says otherwise than the code does.",
	}[row.status];
	return [
		make("h2", {}, badge(state), `${row.id} on ${kernel.label}`),
		make("p", {}, make("strong", {}, states.get(state).words), reason ? `: ${reason}` : ""),
		make("h3", {}, row.deviation ? "What the kernel does instead" : "Expected"),
		paragraph(row.deviation ? row.how : row.promise),
		row.deviation ? make("p", {}, "Of ", make("a", { href: link(row.requirement) + "/" + encodeURIComponent(kernel.label) }, row.requirement),
			`: ${rows.get(row.requirement).promise}`) : null,
		row.range ? paragraph(`Kernels: ${row.range}`) : null,
		paragraph([status, row.source, row.evidence].filter(Boolean).join(" "), "source"),
		row.deviation || !row.kernels ? null : paragraph(`Kernels differ: ${row.kernels}`, "source"),
		...deviations.map((one) => make("p", {}, badge(kernel.cells[one.id].state), " Known deviation ",
			make("a", { href: link(anchor(one, kernel)) }, one.id), ` (${one.range}): ${one.how}`)),
		make("h3", {}, "On each kernel"),
		make("div", { class: "elsewhere" }, ...kernels.map((other) => {
			const { state: there } = other.cells[row.id];
			return make("a", { class: there, href: link(anchor(row, other)), "aria-current": other === kernel ? "true" : null },
				`${states.get(there).glyph} ${other.label}`);
		})),
		make("h3", {}, `Seen on ${kernel.label}`),
		...row.cases.map((name) => caseEvidence(kernel, name)),
		row.cases.length ? null : paragraph(row.uncovered || "No case shows it."),
	];
}

function showKernel(kernel) {
	const facts = ["release", "package", "version", "flavour", "arch", "accelerator", "status", "exit", "reason", "date"]
		.filter((name) => kernel[name] !== undefined && kernel[name] !== null && kernel[name] !== "")
		.map((name) => `${name.padEnd(12)} ${kernel[name]}`);
	return [
		make("h2", {}, badge(kernel.verdict.state), kernel.label),
		make("p", {}, kernel.verdict.text),
		make("pre", {}, facts.join("\n")),
		paragraph(`${kernel.results.length} of ${kernel.planned} results` +
			(kernel.boot_seconds ? `, booted in ${seconds(kernel.boot_seconds)}` : "") +
			(kernel.seconds ? `, ${seconds(kernel.seconds)} in all` : "")),
		paragraph(inWords(kernel.totals)),
		make("h3", {}, "Run it again"),
		again(command(kernel, "").trim()),
		...(kernel.splats || []).flatMap((splat) => [make("h3", {}, "The kernel complained"), make("pre", {}, splat)]),
		...(kernel.console ? [make("h3", {}, "The end of its console"), make("pre", {}, kernel.console)] : []),
	];
}

/* What an anchor means: ROW/KERNEL, kernel/KERNEL, or ROW: the row alone. */
function target(hash) {
	const [id, label] = hash.slice(1).split("/").map(decodeURIComponent);
	return { id, row: rows.get(id), kernel: kernels.find((one) => one.label === label) };
}

function closeEvidence() {
	const from = document.querySelector(".cell.open") || document.activeElement;
	history.pushState(null, "", location.pathname + location.search);
	follow();
	from?.focus?.();
}

function follow() {
	const { id, row, kernel } = target(location.hash);
	const panel = byId("evidence");
	for (const element of document.querySelectorAll(".open"))
		element.classList.remove("open");
	const content = row && kernel ? showCell(row, kernel) : id === "kernel" && kernel ? showKernel(kernel) : null;
	panel.hidden = !content;
	document.body.classList.toggle("reading", Boolean(content));
	if (row) {
		row.line.classList.add("open");
		setFolded(row.line.parentElement, false);
	}
	if (content) {
		const close = make("button", { type: "button", class: "close", "aria-label": "Close" }, "✕");
		close.addEventListener("click", closeEvidence);
		panel.replaceChildren(close, ...content.filter(Boolean));
		panel.scrollTop = 0;
		panel.focus({ preventScroll: true });
	}
	if (row && kernel) {
		const opened = byId(anchor(row, kernel)).firstChild;
		opened.classList.add("open");
		if (visible(opened))
			opened.scrollIntoView({ block: "nearest" });
	} else if (row) {
		row.line.scrollIntoView({ block: "center" });
	}
}

byId("summary").textContent = `${report.summary}. Made ${report.made.slice(0, 16).replace("T", " ")}.`;
showKernels();
showBroken();
showTables();
setUpFilters();
applyFilters();
addEventListener("hashchange", follow);
document.addEventListener("keydown", (event) => {
	onArrow(event);
	if (event.key === "Escape" && !byId("evidence").hidden)
		closeEvidence();
});
follow();

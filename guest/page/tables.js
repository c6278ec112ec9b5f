// SPDX-License-Identifier: GPL-2.0
/* Kernels, deviations, requirements, and what is broken. */

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
					kernel.flavour].filter(Boolean).join(" ")),
			make("p", { class: "machine" }, machineOf(kernel).join(", ")),
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

/* 6.12.95 of 6.12.95+deb12-cloud-amd64, unless the label says it, which 6.1.192 does of 6.1.0-57-cloud-amd64. */
function shortRelease(kernel) {
	const release = (kernel.release || "").match(/^[\d.]+(-rc\d+)?/)?.[0];
	return release && (kernel.label.startsWith(release) || /^\d+\.\d+\.\d+/.test(kernel.label)) ? "" : release;
}

/* Kernels stand by version, then architecture and page size, which need no telling where they are all alike. */
const machineOf = (kernel) => [kernel.arch, kernel.page_size && `${kernel.page_size / 1024} KiB pages`].filter(Boolean);
const versionOf = (kernel) => (kernel.release || kernel.label).match(/\d+\.\d+/)?.[0] ?? kernel.label;
const severalMachines = new Set(kernels.map((kernel) => machineOf(kernel).join())).size > 1;
const groupClass = (kernel, index) => (index && severalMachines && versionOf(kernel) !== versionOf(kernels[index - 1]) ? "next-version" : null);

function head(title) {
	const columns = make("colgroup", {}, make("col"),
		...kernels.map((kernel) => make("col", { class: "states", "data-kernel": kernel.label })));
	const line = make("tr", {}, make("th", { scope: "col" }, title),
		...kernels.map((kernel, index) => make("th",
			{ scope: "col", "data-kernel": kernel.label, title: kernel.release, class: groupClass(kernel, index) },
			kernel.label, shortRelease(kernel) && make("small", {}, shortRelease(kernel)),
			...(severalMachines ? machineOf(kernel).map((word) => make("small", {}, word.replace(" pages", ""))) : []))));
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
	const telling = new Set([...failing, "deviates", "better"]);
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

/* Rows that differ among kernels of one version, by what explains it. */
function showDifferences() {
	const differences = report.differences || [];
	byId("differences-section").hidden = !differences.length;
	document.querySelector('[href="#differences-section"]').hidden = !differences.length;
	const lines = differences.map(({ row, version, by, states: seen }) => {
		const cells = Object.entries(seen).map(([label, state]) => make("a",
			{ class: `seen ${state}`, href: link(`${row}/${label}`) }, `${states.get(state).glyph} ${label}`));
		return make("tr", {}, make("th", { scope: "row" }, make("a", { href: link(row) }, row)), make("td", {}, version),
			make("td", {}, by.join(" or ") || "neither alone"), make("td", {}, ...cells));
	});
	const titles = ["", "Linux", "Differs by", "Kernels"].map((title) => make("th", { scope: "col" }, title));
	byId("differences-table").append(make("thead", {}, make("tr", {}, ...titles)), make("tbody", {}, ...lines));
}

/* What a reader must not miss: every row that failed, with what was seen. */
function showBroken() {
	for (const kernel of kernels) {
		/* Not of a promise: it crashed, it hung, it complained. */
		if (kernel.verdict.state === "broken" && !kernel.totals.broken)
			addBroken(kernel, `kernel/${kernel.label}`, "Verdict", "broken", kernel.verdict.text,
				(kernel.splats || []).map((splat) => splat.split("\n")[0]).join("; "));
		for (const finding of kernel.findings)
			addBroken(kernel, anchor({ id: finding.requirement }, kernel), finding.requirement, finding.otherwise,
				finding.text[0].slice(finding.requirement.length + 1), finding.text.slice(1, 3).join(""));
		for (const row of rows.values()) {
			const { state } = kernel.cells[row.id];
			/* The findings have all that failed, where the run came to its verdict. */
			if (row.deviation || !failing.has(state) || (state !== "set-up-broken" && kernel.findings.length))
				continue;
			const results = row.cases.flatMap((name) => kernel.byCase.get(name) || [])
				.filter((result) => failing.has(verdictState[result.verdict]));
			const more = results.length > 1 ? ` and ${results.length - 1} more` : "";
			addBroken(kernel, anchor(row, kernel), row.id, state, row.text,
				results.length ? `${results[0].name}${more}: ${gist(results[0])}` : "");
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

/* Of two runs, test by test; a cell that the test belongs to is one click away. */
function showChanges() {
	for (const { from, to, cut_short: cut, changes } of report.compared) {
		byId("changes-section").hidden = false;
		document.querySelector('[href="#changes-section"]').hidden = false;
		const kernel = kernels.find((one) => one.label === to);
		const requirementOf = (name) => catalogue.cases.find((one) => one.name === name.split(".")[0])?.requirements[0];
		const lines = changes.map((change) => {
			const row = rows.get(requirementOf(change.name));
			const state = (verdict) => (verdict ? badge(verdictState[verdict]) : "");
			return make("tr", { class: change.kind }, make("td", {}, change.kind),
				make("td", {}, state(change.from), change.from), make("td", {}, state(change.to), change.to),
				make("td", {}, row ? make("a", { href: link(anchor(row, kernel)) }, change.name) : change.name,
					make("small", {}, change.why)));
		});
		byId("changes-section").append(make("h3", {}, `From ${from} to ${to}`),
			cut ? make("p", {}, `Cut short: ${cut}`) : "",
			lines.length ? make("table", { class: "changes" }, make("tbody", {}, ...lines)) : make("p", {}, "No test changed."));
	}
}

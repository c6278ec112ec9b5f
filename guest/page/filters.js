// SPDX-License-Identifier: GPL-2.0
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

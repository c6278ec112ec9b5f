// SPDX-License-Identifier: GPL-2.0
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

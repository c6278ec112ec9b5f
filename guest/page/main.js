// SPDX-License-Identifier: GPL-2.0
/* What an anchor means: ROW/KERNEL, kernel/KERNEL, or ROW: the row alone. */
function target(hash) {
	const [id, label] = hash.slice(1).split("/").map(decodeURIComponent);
	return { id, row: rows.get(id), kernel: kernels.find((one) => one.label === label) };
}

function closeEvidence() {
	const from = document.querySelector(".cell.open, .kernel.open");
	history.pushState(null, "", location.pathname + location.search);
	follow();
	from?.focus();
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
	if (content && !row)
		byId(`kernel/${kernel.label}`).classList.add("open");
	if (row && kernel) {
		const opened = byId(anchor(row, kernel)).firstChild;
		opened.classList.add("open");
		if (visible(opened))
			opened.scrollIntoView({ block: "nearest" });
	} else if (row) {
		row.line.scrollIntoView({ block: "center" });
	}
}

byId("summary").textContent = `${report.summary}. Made ${report.made.slice(0, 16).replace("T", " ")}, msg_zerocopy ${report.suite}.`;
showKernels();
showBroken();
showChanges();
showDifferences();
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

// SPDX-License-Identifier: GPL-2.0
"use strict";

/* Text goes into the page by textContent only: nothing in the data is markup. */
const report = JSON.parse(document.getElementById("data").textContent);
const { kernels, catalogue } = report;
const states = new Map(report.states.map((state) => [state.name, state]));
/* Of a single result. */
const verdictState = Object.fromEntries(report.states.map((state) => [state.verdict, state.name]));
/* What nobody expected. */
const failing = new Set(["broken", "back", "changed", "set-up-broken"]);
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

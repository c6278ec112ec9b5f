// SPDX-License-Identifier: GPL-2.0
/* What is shown of one cell, or of one kernel. */

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
	const bad = failing.has(state);
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
	const standing = {
		promised: "The document promises it.",
		observed: "The document is silent; it is what kernels were observed to do.",
		"past bug": "A bug of past kernels, which was fixed.",
	}[row.standing];
	return [
		make("h2", {}, badge(state), `${row.id} on ${kernel.label}`),
		make("p", {}, make("strong", {}, states.get(state).words), reason ? `: ${reason}` : ""),
		make("h3", {}, row.deviation ? "What the kernel does instead" : "Expected"),
		paragraph(row.deviation ? row.how : row.promise),
		row.deviation ? make("p", {}, "Of ", make("a", { href: link(row.requirement) + "/" + encodeURIComponent(kernel.label) }, row.requirement),
			`: ${rows.get(row.requirement).promise}`) : null,
		row.range ? paragraph(`Kernels: ${row.range}`) : null,
		paragraph([standing, row.source, row.evidence].filter(Boolean).join(" "), "source"),
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
		...kernel.findings.map((finding) => make("pre", {}, finding.text.join("\n"))),
		make("pre", {}, facts.join("\n")),
		...kernel.machine.map((line) => paragraph(`Its machine: ${line}`)),
		...kernel.known.map((one) => paragraph(`${one.requirement} ${one.id}: ${one.remedy}`)),
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

#!/usr/bin/env node
// cfn_validate: AWS's own offline validator over CloudFormation templates; any finding fails.
//
//   node cfn_validate.mjs [--region REGION] [--all] FILE...
//
// The validator (npm package @aws/cloudformation-validate) knows resource schemas newer than cfn-lint's, and
// checks references, functions and its own practices; it does not look into policies. Rules in gaps.json are
// not held against a template (--all: they are). It takes 3 seconds to start and some 10 ms for a template.
//
// Exit: 0 clean; 1 findings; 2 usage; 3 the package is missing.

import { existsSync, readFileSync } from "node:fs";
import { parseArgs } from "node:util";

function end(code, message) {
  console.error(`cfn_validate: ${message}`);
  process.exit(code);
}

let args;
try {
  args = parseArgs({ allowPositionals: true, options: { region: { type: "string" }, all: { type: "boolean" } } });
} catch (e) {
  end(2, e.message);
}
const { values: options, positionals: files } = args;
if (files.length === 0) end(2, "usage: node cfn_validate.mjs [--region REGION] [--all] FILE...");

const { CelEngine, TemplateFile } = await import("@aws/cloudformation-validate").catch((e) => {
  if (e.code !== "ERR_MODULE_NOT_FOUND") throw e;
  end(3, "the npm package @aws/cloudformation-validate is missing: run setup.sh beside this file");
});
const allowed = JSON.parse(readFileSync(new URL("gaps.json", import.meta.url)))["cloudformation-validate"];
const exclude = options.all ? {} : { ids: Object.keys(allowed) };
const pseudoParameterOverrides = options.region ? { region: options.region } : {};

// The other engine of the package finds the same, and takes longer.
const engine = new CelEngine();
let bad = 0;
for (const file of files) {
  const found = [];
  if (existsSync(file)) {
    const report = engine.validateStandard(new TemplateFile(file), { exclude, pseudoParameterOverrides });
    if (report.status !== "OK") found.push(`status ${report.status}`);
    for (const d of report.diagnostics) {
      const where = [d.entity?.logicalId, d.propertyPath].filter(Boolean).join(" ");
      found.push(`${d.startLine ?? 0}:${d.startColumn ?? 0} ${d.severity} ${d.ruleId} ${where}: ${d.message.slice(0, 400)}`);
    }
  } else {
    found.push("not there");
  }
  console.log(found.length ? `FAIL ${file}` : `ok   ${file}`);
  for (const line of found) console.log(`     ${line}`);
  bad += found.length > 0;
}
engine.free();
process.exitCode = bad ? 1 : 0;

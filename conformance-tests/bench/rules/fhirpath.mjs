// How long does npm's `fhirpath` take for the expressions in a folder?
//
// node fhirpath.mjs NODE_MODULES FOLDER ROUNDS MILLISECONDS
// Prints one line of JSON: version, verdicts, and the nanoseconds of one evaluation that neither engine gave up.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const [modules, folder, rounds, milliseconds] = process.argv.slice(2);
const require = createRequire(join(modules, 'fhirpath', 'package.json'));
const fhirpath = require(join(modules, 'fhirpath'));
const model = require(join(modules, 'fhirpath', 'fhir-context', 'r4'));
const { version } = require(join(modules, 'fhirpath', 'package.json'));

const texts = JSON.parse(readFileSync(join(folder, 'expressions.json'), 'utf8'));
const lines = (name) => readFileSync(join(folder, name), 'utf8').split('\n').filter((line) => line !== '');
const resources = lines('resources.ndjson').map((line) => JSON.parse(line));
const ours = lines('verdicts.txt');

// Traces are not what is measured.
const options = { traceFn: () => {} };

const compiled = new Map();
function expressions(type) {
  if (!compiled.has(type)) compiled.set(type, texts[type].map(compile));
  return compiled.get(type);
}

function compile(text) {
  try {
    return fhirpath.compile(text, model, options);
  } catch {
    return null;
  }
}

function verdict(expression, resource) {
  if (expression === null) return 'e';
  try {
    const found = expression(resource, { resource, rootResource: resource });
    if (found.length !== 1) return '-';
    return found[0] === true ? 't' : found[0] === false ? 'f' : '-';
  } catch {
    return 'e';
  }
}

const verdicts = resources.map((resource) =>
  expressions(resource.resourceType).map((expression) => verdict(expression, resource)).join(''),
);

const work = [];
resources.forEach((resource, place) => {
  const variables = { resource, rootResource: resource };
  expressions(resource.resourceType).forEach((expression, index) => {
    if (verdicts[place][index] !== 'e' && ours[place][index] !== 'e') work.push([expression, resource, variables]);
  });
});

// The verdicts were the first pass, which nobody counts.
const found = [];
for (let round = 0; round < Number(rounds); round += 1) {
  const started = process.hrtime.bigint();
  let passes = 0;
  let took = 0;
  do {
    for (const [expression, resource, variables] of work) expression(resource, variables);
    passes += 1;
    took = Number(process.hrtime.bigint() - started);
  } while (took < Number(milliseconds) * 1e6);
  found.push(took / passes / work.length);
}
found.sort((one, other) => one - other);
console.log(JSON.stringify({ version, verdicts, nanos: found[Math.floor(found.length / 2)] }));

/** The structural rules of XLIFF 2.1 (core, size restriction, metadata) that our files must keep, as assertions. */
import assert from 'node:assert/strict';
import { SaxesParser } from 'saxes';

export interface Node {
  name: string;
  uri: string;
  attributes: Map<string, string>;
  children: (Node | string)[];
}

/** Reads a whole document into a tree. */
export function readXml(xml: string): Node {
  const root: Node = { name: '#', uri: '', attributes: new Map(), children: [] };
  const stack = [root];
  const parser = new SaxesParser<{ xmlns: true }>({ xmlns: true });
  parser.on('error', (error) => {
    throw error;
  });
  parser.on('opentag', (tag) => {
    const node: Node = { name: tag.local, uri: tag.uri, attributes: new Map(), children: [] };
    for (const one of Object.values(tag.attributes)) node.attributes.set(one.name, one.value);
    stack.at(-1)?.children.push(node);
    stack.push(node);
  });
  parser.on('closetag', () => stack.pop());
  parser.on('text', (text) => stack.at(-1)?.children.push(text));
  parser.write(xml).close();
  const [first] = root.children.filter((child) => typeof child !== 'string');
  assert.ok(first && typeof first !== 'string');
  return first;
}

export const elementsOf = (node: Node): Node[] =>
  node.children.filter((child): child is Node => typeof child !== 'string');
export const textOf = (node: Node): string =>
  node.children.map((child) => (typeof child === 'string' ? child : textOf(child))).join('');
export const allOf = (node: Node, name: string): Node[] =>
  elementsOf(node).flatMap((child) => [...(child.name === name ? [child] : []), ...allOf(child, name)]);

const NMTOKEN = /^[\p{L}\p{N}._:-]+$/u;
const LANGUAGE = /^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$/;
const INLINE = ['ph', 'pc', 'cp'];

/** Attributes each element of the core may have (XLIFF 2.1, §4.2), those of our modules with their prefix. */
const ATTRIBUTES: Readonly<Record<string, { must: string[]; may: string[] }>> = {
  xliff: { must: ['version', 'srcLang'], may: ['trgLang', 'xml:space', 'xmlns', 'xmlns:mda', 'xmlns:slr'] },
  file: { must: ['id'], may: ['canResegment', 'original', 'translate', 'srcDir', 'trgDir', 'xml:space'] },
  unit: {
    must: ['id'],
    may: ['name', 'canResegment', 'translate', 'srcDir', 'trgDir', 'xml:space', 'type', 'slr:sizeRestriction'],
  },
  notes: { must: [], may: [] },
  note: { must: [], may: ['id', 'appliesTo', 'category', 'priority'] },
  originalData: { must: [], may: [] },
  data: { must: ['id'], may: ['dir', 'xml:space'] },
  segment: { must: [], may: ['id', 'canResegment', 'state', 'subState'] },
  source: { must: [], may: ['xml:lang', 'xml:space'] },
  target: { must: [], may: ['xml:lang', 'xml:space', 'order'] },
  ph: {
    must: ['id'],
    may: ['canCopy', 'canDelete', 'canReorder', 'copyOf', 'disp', 'equiv', 'dataRef', 'subFlows', 'subType', 'type'],
  },
  pc: {
    must: ['id'],
    may: 'canCopy canDelete canOverlap canReorder copyOf dispEnd dispStart equivEnd equivStart dataRefEnd dataRefStart subFlowsEnd subFlowsStart subType type dir'.split(
      ' ',
    ),
  },
  cp: { must: ['hex'], may: [] },
  profiles: { must: [], may: ['generalProfile', 'storageProfile'] },
  metadata: { must: [], may: ['id'] },
  metaGroup: { must: [], may: ['id', 'category', 'appliesTo'] },
  meta: { must: ['type'], may: [] },
};
const CHILDREN: Readonly<Record<string, string[]>> = {
  xliff: ['file'],
  file: ['profiles', 'metadata', 'unit'],
  unit: ['notes', 'originalData', 'segment'],
  notes: ['note'],
  originalData: ['data'],
  segment: ['source', 'target'],
  source: INLINE,
  target: INLINE,
  pc: INLINE,
  metadata: ['metaGroup'],
  metaGroup: ['meta'],
};

/** Checks a document of XLIFF 2.1. @throws AssertionError at the first rule that is broken */
export function assertXliff21(xml: string): Node {
  const root = readXml(xml);
  assert.equal(root.name, 'xliff');
  assert.equal(root.uri, 'urn:oasis:names:tc:xliff:document:2.0');
  assert.equal(root.attributes.get('version'), '2.1');
  for (const name of ['srcLang', 'trgLang']) assert.match(root.attributes.get(name) ?? '', LANGUAGE);
  assertNode(root);
  const files = elementsOf(root);
  assert.ok(files.length > 0 && files.every((file) => allOf(file, 'unit').length > 0), 'a file has at least one unit');
  for (const file of files) {
    assertOrder(file, ['profiles', 'metadata', 'unit']);
    const ids = allOf(file, 'unit').map((unit) => unit.attributes.get('id'));
    assert.equal(new Set(ids).size, ids.length, 'ids of units are unique in a file');
    for (const unit of allOf(file, 'unit')) assertUnit(unit);
  }
  return root;
}

function assertNode(node: Node): void {
  const rule = ATTRIBUTES[node.name];
  assert.ok(rule, `<${node.name}> is no element we know`);
  for (const name of rule.must) assert.ok(node.attributes.has(name), `<${node.name}> lacks ${name}`);
  for (const [name, value] of node.attributes) {
    assert.ok(rule.must.includes(name) || rule.may.includes(name), `<${node.name}> may not have ${name}`);
    if (/^(can\w+)$/.test(name)) assert.match(value, /^(yes|no|firstNo)$/);
    if (name === 'id') assert.match(value, NMTOKEN, `${value} is no NMTOKEN`);
    if (name === 'state') assert.match(value, /^(initial|translated|reviewed|final)$/);
    if (name === 'type' && (node.name === 'ph' || node.name === 'pc'))
      assert.match(value, /^(fmt|ui|quote|link|image|other)$/);
    if (name === 'subType') {
      assert.match(value, /^[^:]+:[^:]+$/, 'a subType has a prefix');
      assert.ok(node.attributes.has('type'), 'a subType needs a type');
      if (value.startsWith('xlf:')) assert.match(value, /^xlf:(lb|pb|b|i|u|var)$/);
    }
  }
  const may = CHILDREN[node.name] ?? [];
  for (const child of elementsOf(node)) {
    assert.ok(may.includes(child.name), `<${child.name}> may not stand in <${node.name}>`);
    assertNode(child);
  }
  const mixed = ['source', 'target', 'pc', 'note', 'data', 'meta'].includes(node.name);
  if (!mixed) assert.ok(node.children.every((child) => typeof child !== 'string' || child.trim() === ''));
}

function assertOrder(node: Node, order: readonly string[]): void {
  const places = elementsOf(node).map((child) => order.indexOf(child.name));
  assert.deepEqual(
    places,
    [...places].sort((a, b) => a - b),
    `the children of <${node.name}> are in order`,
  );
}

function assertUnit(unit: Node): void {
  assertOrder(unit, ['notes', 'originalData', 'segment']);
  const segments = allOf(unit, 'segment');
  assert.ok(segments.length > 0, 'a unit has at least one segment');
  const data = allOf(unit, 'data').map((one) => one.attributes.get('id') ?? '');
  assert.equal(new Set(data).size, data.length);
  const codes = (node: Node) => [...allOf(node, 'ph'), ...allOf(node, 'pc')];
  const taken = segments.map((segment) => segment.attributes.get('id'));
  const used = new Set<string>();
  for (const segment of segments) {
    const [source, target, ...more] = elementsOf(segment);
    assert.equal(source?.name, 'source');
    assert.deepEqual(more, []);
    if (segment.attributes.get('state') !== 'initial')
      assert.equal(target?.name, 'target', 'a state past initial has a target');
    for (const code of source ? codes(source) : []) taken.push(code.attributes.get('id'));
    const inTarget = target ? codes(target).map((code) => code.attributes.get('id')) : [];
    assert.equal(new Set(inTarget).size, inTarget.length);
    for (const code of [source, target].flatMap((part) => (part ? codes(part) : []))) {
      for (const name of ['dataRef', 'dataRefStart', 'dataRefEnd']) {
        const ref = code.attributes.get(name);
        if (ref !== undefined) {
          assert.ok(data.includes(ref), `${name} ${ref} is in originalData`);
          used.add(ref);
        }
      }
    }
  }
  assert.equal(new Set(taken).size, taken.length, 'ids of segments and codes are unique in a unit');
  assert.equal(used.size, data.length, 'no original data is unused');
}

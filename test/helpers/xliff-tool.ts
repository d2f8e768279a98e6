/** What a translator's tool does to a file: XLIFF cut into sentences, joined, its parts put in another order. */
import { elementsOf, type Node, readXml, textOf } from './xliff-rules.ts';

const escaped = (text: string): string =>
  text.replace(/[&<>"]/g, (sign) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[sign] ?? sign);

export function printXml(node: Node | string): string {
  if (typeof node === 'string') return escaped(node);
  const attributes = [...node.attributes].map(([name, value]) => ` ${name}="${escaped(value)}"`).join('');
  return `<${node.name}${attributes}>${node.children.map(printXml).join('')}</${node.name}>`;
}

export const element = (name: string, attributes: Record<string, string>, children: (Node | string)[] = []): Node => ({
  name,
  uri: '',
  attributes: new Map(Object.entries(attributes)),
  children,
});

/** Words and codes in a row: what encloses words becomes its two ends, so that a cut may fall between them. */
function flatten(children: readonly (Node | string)[], version: '1.2' | '2.1'): (Node | string)[] {
  return children.flatMap((child): (Node | string)[] => {
    if (typeof child === 'string') return [...child];
    const id = child.attributes.get('id') ?? '';
    if (child.name === 'pc') {
      const [start, end] = ['dataRefStart', 'dataRefEnd'].map((name) => child.attributes.get(name) ?? '');
      return [
        element('sc', { id, ...(start ? { dataRef: start } : {}) }),
        ...flatten(child.children, version),
        element('ec', { startRef: id, ...(end ? { dataRef: end } : {}) }),
      ];
    }
    if (child.name === 'g') {
      const equiv = child.attributes.get('equiv-text') ?? '';
      return [
        element('bx', { id, 'equiv-text': equiv }),
        ...flatten(child.children, version),
        element('ex', { id: `${id}e`, rid: id }),
      ];
    }
    return [child];
  });
}

/** Cuts at shares of the whole, each from 0 to 1; between words only where `words` says so. */
function cut(list: readonly (Node | string)[], at: readonly number[], words = false): (Node | string)[][] {
  const places = [...at]
    .sort((a, b) => a - b)
    .map((share) => Math.round(share * list.length))
    .map((place) => {
      if (!words || place === 0) return place;
      const blank = list.findIndex((one, index) => index >= place - 1 && one === ' ');
      return blank < 0 ? list.length : blank + 1;
    });
  return [...places, list.length].map((place, index) => list.slice(index === 0 ? 0 : places[index - 1], place));
}

export type Cuts = { source: readonly number[]; target: readonly number[] };

/** Every segment of a file of 2.1 cut as `cuts` says, its targets in the order of `turn` where that is given. */
export function resegmentTwo(xml: string, cuts: (index: number) => Cuts, turn = false): string {
  const root = readXml(xml);
  for (const file of elementsOf(root)) {
    for (const unit of elementsOf(file).filter((one) => one.name === 'unit')) {
      const segments = elementsOf(unit).filter((one) => one.name === 'segment');
      const data = elementsOf(unit).filter((one) => one.name !== 'segment');
      unit.children = [...data, ...segments.flatMap((segment, index) => cutSegment(segment, cuts(index), turn))];
      if (turn) turnTargets(unit);
    }
  }
  return `<?xml version="1.0"?>\n${printXml(root)}`;
}

function cutSegment(segment: Node, cuts: Cuts, turn: boolean): Node[] {
  const [source, target] = elementsOf(segment);
  const sources = cut(flatten(source?.children ?? [], '2.1'), cuts.source).filter((piece) => piece.length > 0);
  const targets = cut(flatten(target?.children ?? [], '2.1'), cuts.target.slice(0, sources.length - 1), true);
  const state = segment.attributes.get('state') ?? 'initial';
  return sources.map((piece, index) => {
    const words = targets[index] ?? [];
    const said = element('source', {}, piece);
    const id = `${segment.attributes.get('id')}-${index + 1}`;
    // Blanks alone are no segment.
    if (!turn && piece.length > 0 && textOf(said).trim() === '' && elementsOf(said).length === 0)
      return element('ignorable', { id }, [said, element('target', {}, words)]);
    return element('segment', { id, state }, [said, ...(target ? [element('target', {}, words)] : [])]);
  });
}

/** The first target is kept with the last source, and so on: only `order` says where each belongs. */
function turnTargets(unit: Node): void {
  const segments = elementsOf(unit).filter((one) => one.name === 'segment');
  const targets = segments.map((one) => elementsOf(one).find((child) => child.name === 'target'));
  segments.forEach((segment, index) => {
    const from = segments.length - 1 - index;
    const target = targets[from];
    target?.attributes.set('order', String(from + 1));
    segment.children = [...elementsOf(segment).filter((child) => child.name !== 'target'), ...(target ? [target] : [])];
  });
}

/** Every trans-unit of a file of 1.2 with its source and target cut into parts as tools write them. */
export function resegmentOne(xml: string, cuts: (index: number) => Cuts): string {
  const root = readXml(xml);
  let at = 0;
  const walk = (node: Node): void => {
    if (node.name !== 'trans-unit') {
      for (const child of elementsOf(node)) walk(child);
      return;
    }
    const { source, target } = cuts(at++);
    const inParts = (children: readonly (Node | string)[], shares: readonly number[]) =>
      cut(flatten(children, '1.2'), shares).map((piece, index) =>
        element('mrk', { mtype: 'seg', mid: String(index) }, piece),
      );
    node.children = elementsOf(node).flatMap((child) => {
      if (child.name === 'source') {
        const shares = source.length < target.length ? target : source.slice(0, target.length);
        return [child, element('seg-source', {}, inParts(child.children, shares))];
      }
      if (child.name === 'target') return [{ ...child, children: inParts(child.children, target) }];
      return [child];
    });
  };
  walk(root);
  return `<?xml version="1.0"?>\n${printXml(root)}`;
}

/** The table of a party's units on paper: a line for the unit, below it a row for each of its corrections. */
import type { FormUnit, Question } from './form.ts';
import type { FieldPlace } from './form-fields.ts';
import { questionKey } from './form-words.ts';
import {
  type PaperBlock,
  type PaperColumn,
  type PaperPart,
  type PaperUnit,
  type Pen,
  widthOf,
} from './paper-form-parts.ts';
import { branchesBelow, branchesOf, type QuestionTree } from './paper-form-tree.ts';

/** From so many rows on there is one above them that answers for all. */
const ROWS_FOR_ALL = 5;
/** Widths in points: a box to tick, one with its number, a date, a number, the least for words. */
const TICK = 13;
const NUMBERED = 17;
const DATE = 58;
const COUNT = 34;
const LEAST_TEXT = 60;

/** A column before its width is known. */
interface Draft {
  root: Question;
  /** The answer it stands for; undefined where the question is written, not ticked. */
  value: string | undefined;
  title: string;
  below: Question[];
}

/** A unit with where it stands, if that is known. */
export type PaperFormUnit = FormUnit & { site?: string };

/**
 * The table of all units with their corrections.
 * @param width of the page between its margins
 */
export function unitsBlock(tree: QuestionTree, units: readonly PaperFormUnit[], pen: Pen, width: number): PaperBlock {
  const kinds = new Set(units.map((unit) => unit.kind));
  const drafts = draftColumns(tree, pen, kinds);
  const labels = units.flatMap((unit) => unit.corrections.map((one) => widthOf(one.environmentName)));
  const labelWidth = Math.min(80, Math.max(20, ...labels) + 6);
  const columns = measureColumns(drafts, pen, width - labelWidth);
  const rows = units.reduce((sum, unit) => sum + unit.corrections.length, 0);
  const all: PaperUnit[] = [];
  if (rows >= ROWS_FOR_ALL && drafts.length > 0) {
    const kind = units.every((unit) => unit.kind === 'lot') ? 'lot' : 'serial';
    const label = pen.words('form.paper.all');
    const cells = drafts.map((draft, i) => cellOf(draft, { scope: 'all' }, kind, pen, columns[i]?.width ?? 0, label));
    all.push({ head: [{ t: 'words', text: label, style: 'strong' }], rows: [{ label: '', cells }] });
  }
  for (const unit of units) {
    const about = [unit.product, unit.serial].filter((part) => part !== '').join(' ');
    all.push({
      head: unitHead(tree, unit, pen, about),
      rows: unit.corrections.map((correction) => ({
        label: correction.environmentName,
        cells: drafts.map((draft, i) => {
          const place: FieldPlace = { scope: 'correction', id: correction.id };
          const who = `${about}, ${correction.environmentName}`;
          return cellOf(draft, place, unit.kind, pen, columns[i]?.width ?? 0, who);
        }),
      })),
    });
  }
  return { kind: 'units', labelWidth, columns, units: all };
}

/** A column for each answer to each question about a correction. */
function draftColumns(tree: QuestionTree, pen: Pen, kinds: ReadonlySet<FormUnit['kind']>): Draft[] {
  const applies = (one: Question): boolean => !one.unitKinds || one.unitKinds.some((kind) => kinds.has(kind));
  const roots = tree.roots.filter((root) => root.scope === 'correction' && applies(root));
  return roots.flatMap((root): Draft[] => {
    if (root.type !== 'choice' && root.type !== 'yes-no')
      return [{ root, value: undefined, title: pen.words(questionKey(root)), below: [] }];
    const asked = roots.length > 1 ? `${pen.words(questionKey(root))} ` : '';
    const seen = new Set<string>();
    return pen.choices(root).map(({ value, label }) => {
      // A question that follows from several answers stands beside the first of them.
      const branches = branchesOf(tree, root).filter(
        (branch) => branch.after.includes(value) && !seen.has(branch.question.id),
      );
      for (const branch of branches) seen.add(branch.question.id);
      const below = branches.flatMap((branch) => [
        branch.question,
        ...branchesBelow(tree, branch.question).map((one) => one.question),
      ]);
      return { root, value, title: `${asked}${label}`, below: below.filter(applies) };
    });
  });
}

const isNumbered = (question: Question): boolean => question.type === 'choice' || question.type === 'choices';

/** How a cell names what stands in it, and its column's head explains: answers by numbers, what is written by letters. */
function keysOf(draft: Draft, pen: Pen): Map<string, string[]> {
  let number = 0;
  let letter = 0;
  return new Map(
    draft.below.map((question) => [
      question.id,
      isNumbered(question) ? pen.choices(question).map(() => `${++number}`) : [String.fromCharCode(97 + letter++)],
    ]),
  );
}

/** Columns as wide as what stands in them, stretched to the page. */
function measureColumns(drafts: readonly Draft[], pen: Pen, width: number): PaperColumn[] {
  const wishes = drafts.map((draft) => {
    const ticks = draft.below.filter(isNumbered).reduce((sum, one) => sum + pen.choices(one).length * NUMBERED, TICK);
    const dates = draft.below.some((one) => one.type === 'date') ? DATE : 0;
    const texts = draft.below.some((one) => one.type === 'text') ? LEAST_TEXT : 0;
    return 6 + Math.max(34, ticks + dates, texts + TICK, draft.value === undefined ? LEAST_TEXT : 0);
  });
  const total = wishes.reduce((sum, wish) => sum + wish, 0);
  return drafts.map((draft, i) => {
    const keys = keysOf(draft, pen);
    const legend = draft.below.flatMap((question) => {
      const own = keys.get(question.id) ?? [];
      const asked = pen.words(questionKey(question));
      if (!isNumbered(question)) return [{ key: own[0] ?? '', text: asked }];
      const answers = pen.choices(question).map(({ label }, j) => ({ key: own[j] ?? '', text: label }));
      return [{ key: '', text: asked }, ...answers];
    });
    return { title: draft.title, legend, width: ((wishes[i] ?? 0) * width) / total };
  });
}

/** One cell: the box of its answer, then what follows from it, in as few lines as its width allows. */
function cellOf(
  draft: Draft,
  place: FieldPlace,
  unitKind: FormUnit['kind'],
  pen: Pen,
  width: number,
  about: string,
): PaperPart[][] {
  const { root, value } = draft;
  if (value === undefined) return [[pen.write(root, place, '', null, about)]];
  const lines: PaperPart[][] = [[pen.tick(root, place, value, '', about)]];
  const keys = keysOf(draft, pen);
  let left = width - TICK - 6;
  const put = (parts: PaperPart[], needed: number): void => {
    if (needed > left) {
      lines.push([]);
      left = width - 6;
    }
    lines.at(-1)?.push(...parts);
    left -= needed;
  };
  const asked = draft.below.filter((one) => !one.unitKinds || one.unitKinds.includes(unitKind));
  // Words take what is left of a line, so they come last.
  const isText = (one: Question): boolean => one.type === 'text' || one.type === 'long-text';
  for (const question of [...asked.filter((one) => !isText(one)), ...asked.filter(isText)]) {
    const own = keys.get(question.id) ?? [];
    const key = own[0] ?? '';
    if (isNumbered(question)) {
      const ticks = pen.choices(question).map((one, i) => pen.tick(question, place, one.value, own[i] ?? '', about));
      put(ticks, ticks.length * NUMBERED);
    } else if (question.type === 'yes-no') {
      const ticks = pen.choices(question).map((one) => pen.tick(question, place, one.value, one.label, about));
      const needed = pen.choices(question).reduce((sum, one) => sum + widthOf(one.label) + 16, 8);
      put([{ t: 'words', text: key, style: 'strong' }, ...ticks], needed);
    } else if (question.type === 'date' || question.type === 'count') {
      const needed = question.type === 'date' ? DATE : COUNT;
      put([pen.write(question, place, key, needed - 8, about)], needed);
    } else if (question.type === 'tick') {
      put([{ t: 'words', text: key, style: 'strong' }, pen.tick(question, place, 'yes', '', about)], TICK + 8);
    } else {
      put([pen.write(question, place, key, null, about)], LEAST_TEXT);
      left = 0;
    }
  }
  return lines.map(stretchLast);
}

/** The last box of a line takes what is left of it: a pen has never too much room. */
function stretchLast(line: PaperPart[]): PaperPart[] {
  const last = line.at(-1);
  return last?.t === 'write' ? [...line.slice(0, -1), { ...last, width: null }] : line;
}

/** Product, serial number and place of a unit, then what is asked about the unit itself. */
function unitHead(tree: QuestionTree, unit: PaperFormUnit, pen: Pen, about: string): PaperPart[] {
  const place: FieldPlace = { scope: 'unit', id: unit.id };
  const head: PaperPart[] = [{ t: 'words', text: unit.product, style: 'strong' }];
  if (unit.serial !== '') head.push({ t: 'words', text: unit.serial, style: 'identifier' });
  if (unit.quantity > 1) head.push({ t: 'words', text: `× ${unit.quantity}` });
  if (unit.site) head.push({ t: 'words', text: unit.site, style: 'small' });
  const ask = (question: Question): void => {
    if (question.unitKinds && !question.unitKinds.includes(unit.kind)) return;
    const label = pen.words(questionKey(question));
    if (question.type === 'tick') head.push(pen.tick(question, place, 'yes', label, about));
    else if (question.type === 'choice' || question.type === 'choices' || question.type === 'yes-no') {
      head.push({ t: 'words', text: label });
      for (const one of pen.choices(question)) head.push(pen.tick(question, place, one.value, one.label, about));
    } else head.push(pen.write(question, place, label, question.type === 'count' ? COUNT : 90, about));
    for (const branch of branchesOf(tree, question)) ask(branch.question);
  };
  for (const root of tree.roots) if (root.scope === 'unit') ask(root);
  return head;
}

/** Whether a question is answered for each unit or correction. */
export function isOfUnits(question: Question): boolean {
  return question.scope === 'unit' || question.scope === 'correction';
}

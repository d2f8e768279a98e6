/**
 * What a verification form says on paper: every question of its definition that this party can be asked, its units and
 * environments printed ready. Questions that follow from an answer stand beside the box that leads to them. Where things
 * stand exactly is the typesetter's work (templates/paper-form.typ).
 */
import { emptyAnswers, type FormContext, type FormDefinition, type Question } from './form.ts';
import { stepsFor } from './form-asked.ts';
import type { FieldPlace } from './form-fields.ts';
import { hintKey, questionKey, stepKey, wordParams } from './form-words.ts';
import type { Say } from './message.ts';
import { PAGE_MARGIN, type PaperSize, paperSizes } from './paper-form.ts';
import {
  isLong,
  makePen,
  type PaperBlock,
  type PaperContent,
  type PaperGroup,
  type PaperPart,
  type Pen,
  widthOf,
} from './paper-form-parts.ts';
import { isOfUnits, type PaperFormUnit, unitsBlock } from './paper-form-table.ts';
import { branchesBelow, branchesOf, makeTree, type QuestionTree } from './paper-form-tree.ts';

export interface PaperQuestions {
  definition: FormDefinition;
  context: Omit<FormContext, 'units'> & { units: readonly PaperFormUnit[] };
  say: Say;
  /** Whether a key has words: only some questions have a hint. */
  hasWords: (key: string) => boolean;
  paper: PaperSize;
  /** Answers of the party that are printed ready, by question, e.g. its name. */
  presets: Readonly<Record<string, string>>;
}

/** Rows for what is not on our list: as many as most need, fewer on the shorter paper. Who has more adds a sheet. */
const OWN_ROWS = { a4: 2, letter: 1 } as const;
/** A line at eight points, and half of it. */
const LINE = 510;
const HALF = 250;
const PARTY: FieldPlace = { scope: 'party' };

/** The questions of a form for one party, in the order of its steps. */
export function makePaperContent(input: PaperQuestions): PaperContent {
  const { definition, context, say } = input;
  const params = wordParams(definition);
  const words = (key: string): string => say(key, params);
  const hint = (question: Question): string => (input.hasWords(hintKey(question)) ? words(hintKey(question)) : '');
  const pen = makePen({ context, words, hint, presets: input.presets });
  const tree = makeTree(definition.questions.filter((one) => !one.roles || one.roles.includes(context.role)));
  const width = paperSizes[input.paper].width - 2 * PAGE_MARGIN;
  const steps = stepsFor(definition, context, emptyAnswers()).filter((step) => hasWork(tree, context, step));
  const tableSteps =
    context.units.length > 0
      ? steps.filter((step) => tree.roots.some((root) => root.step === step && isOfUnits(root)))
      : [];
  const blocks: PaperBlock[] = [];
  for (const step of steps) {
    const first = step === tableSteps[0];
    if (first || !tableSteps.includes(step)) {
      const titles = first ? tableSteps : [step];
      blocks.push({ kind: 'heading', text: titles.map((one) => words(stepKey(one))).join(' · ') });
    }
    if (first) blocks.push(unitsBlock(tree, context.units, pen, width));
    for (const scope of ['extra', 'standalone'] as const) {
      const questions = tree.all.filter((one) => one.step === step && one.scope === scope);
      if (questions.length > 0) blocks.push(ownRows(input, scope, questions, pen, width));
    }
    blocks.push(...partyBlocks(tree, step, pen, step === steps.at(-1)));
  }
  return { boxes: pen.boxes, blocks };
}

/** A step without anything to ask of this party has no heading either. */
function hasWork(tree: QuestionTree, context: PaperQuestions['context'], step: string): boolean {
  return tree.all.some((one) => one.step === step && (!isOfUnits(one) || context.units.length > 0));
}

// ── Questions to the party ──────────────────────────────────────────────────────────────────────────────────────────

/** The questions of a step that are asked once; at the end of the form with the place to sign. */
function partyBlocks(tree: QuestionTree, step: string, pen: Pen, signed: boolean): PaperBlock[] {
  const roots = tree.roots.filter((one) => one.step === step && (one.scope === 'party' || one.scope === 'product'));
  const date = signed ? roots.findLast((one) => one.type === 'date') : undefined;
  const groups = roots.filter((one) => one !== date).flatMap((root) => groupsOf(tree, root, pen));
  const blocks: PaperBlock[] = [];
  if (groups.length > 0) blocks.push({ kind: 'groups', rows: pairUp(groups) });
  if (signed) {
    const written = date ? pen.write(date, PARTY, pen.words(questionKey(date)), null) : null;
    blocks.push({ kind: 'signature', date: written, sign: pen.sign() });
  }
  return blocks;
}

/** A question and what follows from it; where a whole part of the form follows, its questions stand by themselves. */
function groupsOf(tree: QuestionTree, root: Question, pen: Pen): PaperGroup[] {
  if (root.scope === 'product') return [productGroup(root, pen)];
  const group = groupOf(root, pen);
  const branches = branchesOf(tree, root);
  if (branches.length > 3) return [group, ...branches.flatMap((branch) => groupsOf(tree, branch.question, pen))];
  const below = branchesBelow(tree, root);
  // What to do first is said where there is something to write about it.
  const hint = below.length > 0 ? pen.hint(root) : '';
  if (hint !== '') group.head.push({ t: 'words', text: hint, style: 'small' });
  for (const branch of below) {
    const next = groupOf(branch.question, pen);
    group.head.push(...next.head);
    group.writes.push(...next.writes);
  }
  group.half &&= below.length === 0;
  return [group];
}

function groupOf(question: Question, pen: Pen): PaperGroup {
  const label = pen.words(questionKey(question));
  if (question.type === 'tick') {
    return { half: widthOf(label) < LINE, head: [pen.tick(question, PARTY, 'yes', label)], writes: [] };
  }
  if (question.type === 'choice' || question.type === 'choices' || question.type === 'yes-no') {
    const head: PaperPart[] = [{ t: 'words', text: label }];
    for (const one of pen.choices(question)) head.push(pen.tick(question, PARTY, one.value, one.label));
    return { half: headWidth(head) < LINE, head, writes: [] };
  }
  const width = question.type === 'date' ? 80 : question.type === 'count' ? 50 : null;
  const half = !isLong(question) && widthOf(label) < HALF / 2;
  return { half, head: [], writes: [pen.write(question, PARTY, label, width)] };
}

/** How many of each product: one question, a box for each. */
function productGroup(question: Question, pen: Pen): PaperGroup {
  const hint = pen.hint(question);
  const head: PaperPart[] = [{ t: 'words', text: pen.words(questionKey(question)) }];
  if (hint !== '') head.push({ t: 'words', text: hint, style: 'small' });
  const writes = pen.context.products.map((product) =>
    pen.write(question, { scope: 'product', id: product.id }, product.name, 50, product.name),
  );
  return { half: false, head, writes };
}

function headWidth(head: readonly PaperPart[]): number {
  return head.reduce((sum, part) => {
    if (part.t === 'words') return sum + widthOf(part.text) * (part.style === 'small' ? 0.85 : 1) + 6;
    return sum + widthOf(part.label) + 18;
  }, 0);
}

/** Short questions stand two on a line: written ones side by side, others where both have room. */
function pairUp(groups: readonly PaperGroup[]): PaperGroup[][] {
  const rows: PaperGroup[][] = [];
  for (const group of groups) {
    const row = rows.at(-1);
    const [first] = row ?? [];
    if (row?.length === 1 && first?.half && group.half && fitTogether(first, group)) row.push(group);
    else rows.push([group]);
  }
  return rows;
}

function fitTogether(one: PaperGroup, other: PaperGroup): boolean {
  if (one.writes.length > 0 && other.writes.length > 0) return true;
  if (one.writes.length > 0 || other.writes.length > 0) return false;
  return headWidth(one.head) + headWidth(other.head) < LINE;
}

// ── Rows for what is not on our list ────────────────────────────────────────────────────────────────────────────────

function ownRows(
  { definition, paper }: Pick<PaperQuestions, 'definition' | 'paper'>,
  scope: 'extra' | 'standalone',
  questions: readonly Question[],
  pen: Pen,
  width: number,
): PaperBlock {
  const isTicked = (one: Question): boolean => one.type === 'choice' || one.type === 'choices' || one.type === 'yes-no';
  const wishes = questions.map((one) => {
    if (isTicked(one)) return pen.choices(one).reduce((sum, choice) => sum + widthOf(choice.label) + 18, 6);
    return one.type === 'count' ? 40 : one.type === 'date' ? 70 : 90;
  });
  const total = wishes.reduce((sum, wish) => sum + wish, 0);
  const count = Math.min(OWN_ROWS[paper], definition.limits[scope]);
  return {
    kind: 'rows',
    head: questions.map((question) => pen.words(questionKey(question))),
    widths: wishes.map((wish) => (wish * width) / total),
    rows: Array.from({ length: count }, (_, index) =>
      questions.map((question): PaperPart[] => {
        const place: FieldPlace = { scope, index };
        if (question.type === 'tick') return [pen.tick(question, place, 'yes', '', `${index + 1}`)];
        if (!isTicked(question)) return [pen.write(question, place, '', null, `${index + 1}`)];
        return pen.choices(question).map((one) => pen.tick(question, place, one.value, one.label, `${index + 1}`));
      }),
    ),
  };
}

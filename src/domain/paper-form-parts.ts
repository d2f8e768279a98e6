/** The pieces that a form on paper is made of, and the pen that draws its boxes. */
import type { AnswerType, FormContext, Question } from './form.ts';
import { type FieldPlace, fieldName } from './form-fields.ts';
import { choiceKey, questionKey } from './form-words.ts';
import type { PaperField } from './paper-form.ts';

/** A box without its place on the page, which the typesetter finds. */
export interface PaperBox extends Omit<PaperField, 'page' | 'rect'> {
  /** What a screen reader says of it. */
  label: string;
  /** Ticks of this name exclude each other. */
  exclusive: boolean;
  /** A text of several lines. */
  long: boolean;
  maxLength?: number;
}

/**
 * A piece of a line: words, a box to tick with its word, or a box to write into. `box` is the number of the box.
 * `width` in points, null: what is left of the line.
 */
export type PaperPart =
  | { t: 'words'; text: string; style?: 'small' | 'strong' | 'identifier' }
  | { t: 'tick'; box: number; label: string }
  | { t: 'write'; box: number; label: string; width: number | null; high?: boolean };

/** A question with what belongs to it: first what is read and ticked, then what is written. */
export interface PaperGroup {
  /** Short enough for half a line. */
  half: boolean;
  head: PaperPart[];
  writes: PaperPart[];
}

/** A column of the table of units: one answer to the question about each of them, and what follows from it. */
export interface PaperColumn {
  title: string;
  /** What stands in the cells: a question, and the numbers of its answers or the letter of what is written. */
  legend: { key: string; text: string }[];
  width: number;
}

export interface PaperUnit {
  head: PaperPart[];
  /** A row for each correction; a cell is made of lines. */
  rows: { label: string; cells: PaperPart[][][] }[];
}

export type PaperBlock =
  | { kind: 'heading'; text: string }
  | { kind: 'groups'; rows: PaperGroup[][] }
  | { kind: 'units'; labelWidth: number; columns: PaperColumn[]; units: PaperUnit[] }
  | { kind: 'rows'; head: string[]; widths: number[]; rows: PaperPart[][][] }
  | { kind: 'signature'; date: PaperPart | null; sign: PaperPart };

/** What the typesetter gets: boxes by number, and the blocks in reading order. */
export interface PaperContent {
  boxes: PaperBox[];
  blocks: PaperBlock[];
}

/** Longer texts take a whole line of handwriting. */
const LONG_TEXT = 400;

export function isLong(question: Question): boolean {
  return question.type === 'long-text' || (question.maxLength ?? 0) > LONG_TEXT;
}

/** About how wide a text is at eight points. */
export function widthOf(text: string): number {
  let width = 0;
  for (const sign of text) width += (sign.codePointAt(0) ?? 0) > 0x2e7f ? 8 : 4.2;
  return width;
}

/** Makes boxes, numbers them and finds their words. */
export interface Pen {
  readonly boxes: PaperBox[];
  readonly context: FormContext;
  words(key: string): string;
  /** A hint of the question, or nothing. */
  hint(question: Question): string;
  /** The choices of a question with their words. */
  choices(question: Question): { value: string; label: string }[];
  /** A box to tick. `label`: the words beside it; `about`: whom it is about, for who hears the form. */
  tick(question: Question, place: FieldPlace, value: string, label: string, about?: string): PaperPart;
  write(question: Question, place: FieldPlace, label: string, width: number | null, about?: string): PaperPart;
  sign(): PaperPart;
}

export interface PenOptions {
  context: FormContext;
  words(key: string): string;
  hint(question: Question): string;
  presets: Readonly<Record<string, string>>;
}

export function makePen({ context, words, hint, presets }: PenOptions): Pen {
  const boxes: PaperBox[] = [];
  const environments = new Map(
    context.products.flatMap((product) => product.environments.map((one) => [one.code, one.name] as const)),
  );
  const add = (box: PaperBox): number => boxes.push(box) - 1;
  const asked = (question: Question, about: string | undefined): string =>
    [about ?? '', words(questionKey(question))].filter((part) => part !== '').join(': ');
  const base = (question: Question, place: FieldPlace, type: AnswerType) => {
    const name = fieldName(place, question.id);
    return { name, pdfName: name, question: question.id, subject: place, type, long: false, exclusive: false };
  };
  return {
    boxes,
    context,
    words,
    hint,
    choices(question) {
      if (question.optionsFrom === 'products')
        return context.products.map((product) => ({ value: String(product.id), label: product.name }));
      if (question.optionsFrom === 'environments') return [...environments].map(([value, label]) => ({ value, label }));
      const values = question.options ?? (question.type === 'yes-no' ? ['yes', 'no'] : []);
      return values.map((value) => ({ value, label: words(choiceKey(question, value)) }));
    },
    tick(question, place, value, label, about) {
      const own = base(question, place, question.type);
      const said =
        question.type === 'tick' ? '' : (this.choices(question).find((one) => one.value === value)?.label ?? '');
      const box = add({
        ...own,
        pdfName: question.type === 'choices' ? `${own.name}.${value}` : own.name,
        kind: 'tick',
        value,
        label: [asked(question, about), said].filter((part) => part !== '').join(' – '),
        exclusive: question.type === 'choice' || question.type === 'yes-no',
      });
      return { t: 'tick', box, label };
    },
    write(question, place, label, width, about) {
      const preset = place.scope === 'party' ? presets[question.id] : undefined;
      const box = add({
        ...base(question, place, question.type),
        kind: question.type === 'date' ? 'date' : 'text',
        label: asked(question, about),
        long: isLong(question),
        ...(question.maxLength ? { maxLength: question.maxLength } : {}),
        ...(preset ? { preset } : {}),
      });
      return { t: 'write', box, label, width };
    },
    sign() {
      const label = words('form.paper.signature');
      const box = add({
        name: 'q.signature',
        pdfName: 'q.signature',
        question: 'signature',
        subject: { scope: 'party' },
        kind: 'signature',
        type: 'signature',
        label,
        exclusive: false,
        long: false,
      });
      return { t: 'write', box, label, width: null, high: true };
    },
  };
}

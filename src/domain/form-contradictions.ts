/**
 * Answers that cannot all be true. They do not block: the sender may know better than we do, so they are shown before
 * sending, and staff get a task for each that was sent anyhow.
 */
import type { Answers, FormContext, FormCorrection, FormDefinition, FormUnit } from './form.ts';
import { pruneAnswers } from './form-asked.ts';
import { fieldName } from './form-fields.ts';

/** Words: `form.contradiction.<code>`. */
export const contradictionCodes = [
  'all-patched-but-open',
  'none-open-but-not-all-patched',
  'quantity-differs',
  'done-in-future',
  'done-before-notice',
  'done-without-backup',
  'not-connected-but-downloaded',
  'not-affected-but-installed',
  'done-but-not-installed',
  'no-devices-but-answered',
  'serial-twice',
  'serial-known',
  'customers-informed-in-future',
  'customers-informed-before-notice',
  'not-understood-but-done',
] as const;
export type ContradictionCode = (typeof contradictionCodes)[number];

/** `field`: where to look first. `params`: what the words need. */
export type Contradiction = { code: ContradictionCode; field: string; params: Record<string, string | number> };

type Row = { unit: FormUnit; correction: FormCorrection; given: Record<string, unknown> };
type Sheet = { context: FormContext; answers: Answers; today: string; rows: Row[] };

/** Every contradiction of a form, in the order of its steps. One for each row it is about. */
export function findContradictions(
  definition: FormDefinition,
  context: FormContext,
  allAnswers: Answers,
  today: string,
): Contradiction[] {
  const answers = pruneAnswers(definition, context, allAnswers);
  const rows = context.units.flatMap((unit) =>
    unit.corrections.map((correction) => ({ unit, correction, given: answers.corrections[correction.id] ?? {} })),
  );
  const sheet = { context, answers, today, rows };
  return [
    ...ofUnits(sheet),
    ...ofDates(sheet),
    ...ofRows(sheet),
    ...ofWhole(sheet),
    ...ofExtras(sheet),
    ...ofDistributor(sheet),
  ];
}

function ofUnits({ context, answers }: Sheet): Contradiction[] {
  const found: Contradiction[] = [];
  for (const product of context.products) {
    const said = answers.products[product.id]?.quantity;
    const listed =
      context.units
        .filter((unit) => unit.productId === product.id && !isGone(unit, answers))
        .reduce((sum, unit) => sum + unit.quantity, 0) +
      answers.extra.filter((row) => row.product === String(product.id)).length;
    if (typeof said === 'number' && said !== listed) {
      const field = fieldName({ scope: 'product', id: product.id }, 'quantity');
      found.push({ code: 'quantity-differs', field, params: { product: product.name, said, listed } });
    }
  }
  if (context.downloaded) {
    for (const unit of context.units) {
      // A laboratory may download at one computer and carry the file to another, so only "none is connected" is odd.
      const none = context.units.every((one) => answers.units[one.id]?.connected === 'no');
      if (!none) break;
      const field = fieldName({ scope: 'unit', id: unit.id }, 'connected');
      found.push({ code: 'not-connected-but-downloaded', field, params: {} });
      break;
    }
  }
  return found;
}

function isGone(unit: FormUnit, answers: Answers): boolean {
  const rows = unit.corrections.map((correction) => answers.corrections[correction.id]?.status);
  return rows.length > 0 && rows.every((status) => status === 'gone');
}

function about(row: Row): Record<string, string> {
  return { unit: `${row.unit.product} ${row.unit.serial}`, environment: row.correction.environmentName };
}

function ofDates({ context, today, rows }: Sheet): Contradiction[] {
  return rows.flatMap((row): Contradiction[] => {
    const day = row.given['done-on'];
    if (typeof day !== 'string' || !/^\d{4}-\d{2}-\d{2}$/.test(day)) return [];
    const field = fieldName({ scope: 'correction', id: row.correction.id }, 'done-on');
    const params = { ...about(row), day, notice: context.noticeDate };
    if (day > today) return [{ code: 'done-in-future', field, params }];
    return day < context.noticeDate ? [{ code: 'done-before-notice', field, params }] : [];
  });
}

function ofRows({ answers, rows }: Sheet): Contradiction[] {
  return rows.flatMap((row): Contradiction[] => {
    const place = { scope: 'correction', id: row.correction.id } as const;
    const installed = answers.units[row.unit.id]?.['software-installed'];
    const { status } = row.given;
    if (status === 'done' && row.given['backed-up'] === 'no') {
      return [{ code: 'done-without-backup', field: fieldName(place, 'backed-up'), params: about(row) }];
    }
    if (status === 'done' && installed === 'no') {
      return [{ code: 'done-but-not-installed', field: fieldName(place, 'status'), params: about(row) }];
    }
    if (status === 'not-affected' && row.given['not-affected-why'] === 'not-installed' && installed === 'yes') {
      return [{ code: 'not-affected-but-installed', field: fieldName(place, 'not-affected-why'), params: about(row) }];
    }
    return [];
  });
}

function ofWhole({ answers, rows }: Sheet): Contradiction[] {
  const found: Contradiction[] = [];
  const { party } = answers;
  const open = rows.filter(
    ({ given }) => given.status === undefined || given.status === 'not-yet' || given.status === 'unknown',
  );
  const first = open[0];
  if (party['all-patched'] === 'yes' && first) {
    const field = fieldName({ scope: 'correction', id: first.correction.id }, 'status');
    found.push({ code: 'all-patched-but-open', field, params: { count: open.length, ...about(first) } });
  }
  if (party['all-patched'] === 'no' && rows.length > 0 && rows.every(({ given }) => given.status === 'done')) {
    const field = fieldName({ scope: 'party' }, 'all-patched');
    found.push({ code: 'none-open-but-not-all-patched', field, params: {} });
  }
  const held = rows.filter(({ given }) => given.status === 'done' || given.status === 'not-yet');
  if (party['no-devices'] === 'yes' && (held.length > 0 || answers.extra.length > 0 || answers.standalone.length > 0)) {
    const field = fieldName({ scope: 'party' }, 'no-devices');
    found.push({ code: 'no-devices-but-answered', field, params: { count: held.length + answers.extra.length } });
  }
  const done = rows.filter(({ given }) => given.status === 'done').length;
  if (party.understood === 'no' && done > 0) {
    found.push({
      code: 'not-understood-but-done',
      field: fieldName({ scope: 'party' }, 'understood'),
      params: { count: done },
    });
  }
  return found;
}

function ofExtras({ context, answers }: Sheet): Contradiction[] {
  const key = (serial: unknown) =>
    String(serial ?? '')
      .toUpperCase()
      .replace(/[\s-]/g, '');
  const known = new Map(context.units.map((unit) => [key(unit.serial), unit]));
  const seen = new Set<string>();
  return answers.extra.flatMap((row, index): Contradiction[] => {
    const serial = key(row.serial);
    if (serial === '') return [];
    const field = fieldName({ scope: 'extra', index }, 'serial');
    const twin = known.get(serial);
    const again = seen.has(serial);
    seen.add(serial);
    if (twin) return [{ code: 'serial-known', field, params: { serial: twin.serial, product: twin.product } }];
    return again ? [{ code: 'serial-twice', field, params: { serial: String(row.serial) } }] : [];
  });
}

function ofDistributor({ context, answers, today }: Sheet): Contradiction[] {
  const day = answers.party['customers-informed-on'];
  if (typeof day !== 'string' || !/^\d{4}-\d{2}-\d{2}$/.test(day)) return [];
  const field = fieldName({ scope: 'party' }, 'customers-informed-on');
  const params = { day, notice: context.noticeDate };
  if (day > today) return [{ code: 'customers-informed-in-future', field, params }];
  return day < context.noticeDate ? [{ code: 'customers-informed-before-notice', field, params }] : [];
}

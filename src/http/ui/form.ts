/** What a form knows between two showings: the values typed and what is wrong with them. */
import type { ZodError } from 'zod';
import type { FormBody } from '../context.ts';

/** One thing wrong with one field. `field` is the input's name, or '' for the form as a whole. */
export type FormError = { field: string; message: string };
export type FormErrors = readonly FormError[];
/** Text or texts of each field by name, as typed. */
export type FormValues = Readonly<Record<string, string | readonly string[] | undefined>>;
export type FormState = { values: FormValues; errors: FormErrors };

/** A form shown for the first time, perhaps filled with what is known. */
export function freshForm(values: FormValues = {}): FormState {
  return { values, errors: [] };
}

/** A form shown again after it was refused: what was typed stays. */
export function refusedForm(body: FormBody, errors: FormErrors): FormState {
  return { values: body, errors };
}

/** The message for one field, or undefined. */
export function errorOf(form: FormState | undefined, field: string): string | undefined {
  return form?.errors.find((error) => error.field === field)?.message;
}

/** First text of a field, or ''. */
export function textOf(form: FormState | undefined, field: string): string {
  const value = form?.values[field];
  return (typeof value === 'string' ? value : value?.[0]) ?? '';
}

/** Every text of a field. */
export function textsOf(form: FormState | undefined, field: string): readonly string[] {
  const value = form?.values[field];
  return value === undefined ? [] : typeof value === 'string' ? [value] : value;
}

/** The id of a field's input, which error summaries link to. Names with brackets or dots become plain ids. */
export function fieldId(name: string): string {
  return `f-${name.replace(/[^A-Za-z0-9_-]+/g, '-')}`;
}

/**
 * Turns a zod error into form errors. Schemas carry messages in words a reader understands.
 * @param nameOf how a path of the schema is called in the form; by default joined by dots
 */
export function errorsFromZod(error: ZodError, nameOf: (path: string) => string = (path) => path): FormError[] {
  const seen = new Set<string>();
  const errors: FormError[] = [];
  for (const issue of error.issues) {
    const field = nameOf(issue.path.join('.'));
    // One message a field: the first is the one to mend.
    if (seen.has(field)) continue;
    seen.add(field);
    errors.push({ field, message: issue.message });
  }
  return errors;
}

/**
 * Reads a date as people type it: `2022-05-04`, `04.05.2022`, `4/5/2022` (day first), `04MAY2022`, `4 May 2022`.
 * @returns `YYYY-MM-DD`, or undefined when it is no date of the calendar
 */
export function parseTypedDate(text: string): string | undefined {
  const typed = text.trim();
  const iso = /^(\d{4})-(\d{1,2})-(\d{1,2})$/.exec(typed);
  if (iso) return plainDate(iso[1], iso[2], iso[3]);
  const dayFirst = /^(\d{1,2})[./ -](\d{1,2})[./ -](\d{4})$/.exec(typed);
  if (dayFirst) return plainDate(dayFirst[3], dayFirst[2], dayFirst[1]);
  const named = /^(\d{1,2})[ .-]*([A-Za-z]{3})[a-z]*[ .,-]*(\d{4})$/.exec(typed);
  const month = named?.[2] ? monthNames.indexOf(named[2].toLowerCase()) + 1 : 0;
  if (named && month > 0) return plainDate(named[3], String(month), named[1]);
  return undefined;
}

const monthNames = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

function plainDate(year = '', month = '', day = ''): string | undefined {
  try {
    return Temporal.PlainDate.from(
      { year: Number(year), month: Number(month), day: Number(day) },
      { overflow: 'reject' },
    ).toString();
  } catch {
    return undefined;
  }
}

import type { KeptPage } from '../db/schema-paper-replies.ts';
import { readFormCode } from '../domain/paper-form-code.ts';
import type { FoundFile, FoundPage } from '../domain/paper-reading.ts';
import { isRefusal } from '../domain/refusal.ts';
import type { Context } from './context.ts';
import type { KeptPaperForm } from './paper-forms.ts';
import type { PaperReason } from './paper-reasons.ts';

/** A form put together from its pages, or the pages that belong to none. */
export interface SortedPages {
  form: KeptPaperForm | undefined;
  reasons: PaperReason[];
  pages: { found: FoundPage; page: number | null }[];
}

/** Pages by the form they belong to, in the order in which the forms first come up. */
export async function sortPages(
  ctx: Context,
  found: FoundFile,
  formOf: (code: string) => Promise<KeptPaperForm | undefined>,
): Promise<SortedPages[]> {
  const sorted = new Map<string, SortedPages>();
  const put = (
    key: string,
    form: KeptPaperForm | undefined,
    page: number | null,
    one: FoundPage,
    ...why: PaperReason[]
  ) => {
    const group = sorted.get(key) ?? { form, reasons: [], pages: [] };
    for (const reason of why) if (!group.reasons.includes(reason)) group.reasons.push(reason);
    group.pages.push({ found: one, page });
    sorted.set(key, group);
  };
  for (const one of found.pages) {
    const code = one.code === '' ? undefined : readFormCode(one.code, ctx.settings.secret);
    if (!code) put('', undefined, null, one, 'no-code');
    else if (isRefusal(code)) put('', undefined, null, one, 'code-altered');
    else {
      const form = await formOf(code.form);
      if (!form) put('', undefined, null, one, 'form-unknown');
      else
        put(
          form.code,
          form,
          code.page,
          one,
          ...(one.boxes.length === 0 && hasFields(form, code.page) ? ['not-placed' as const] : []),
          ...(one.notes.length > 0 ? ['notes' as const] : []),
        );
    }
  }
  // A covering sheet of a fax machine beside a whole form says nothing by itself.
  return [...sorted.values()];
}

function hasFields(form: KeptPaperForm, page: number): boolean {
  return form.layout.fields.some((field) => field.page === page);
}

/** Keeps a picture of each page: what a person sees beside what was read. By the number of the page in its file. */
export async function keepPictures(
  ctx: Context,
  found: FoundFile,
): Promise<Map<number, { sha256: string; size: number }>> {
  const kept = new Map<number, { sha256: string; size: number }>();
  for (const page of found.pages) {
    const bytes = page.picture;
    kept.set(
      page.number,
      await ctx.files.put(
        (async function* () {
          yield bytes;
        })(),
      ),
    );
  }
  return kept;
}

/** Pages as their reply keeps them. */
export function keptPages(
  sorted: SortedPages,
  pictures: ReadonlyMap<number, { sha256: string; size: number }>,
): KeptPage[] {
  return sorted.pages.map(({ found, page }) => ({
    number: found.number,
    page,
    code: found.code.slice(0, 100),
    width: found.width,
    height: found.height,
    matrix: found.matrix ?? null,
    picture: pictures.get(found.number)?.sha256 ?? '',
    ...(found.notes.length > 0 ? { notes: found.notes } : {}),
  }));
}

import { loadFormDefinition } from '../../../app/queries/portal.ts';
import { formDefinitionSchema } from '../../../domain/form.ts';
import type { Handler } from '../../context.ts';
import { conditionStyles } from './conditions.ts';

const sheets = new Map<string, string>();

/**
 * GET /portal/forms/:file, e.g. `12.css`: which question shows with which answer. Says nothing about anybody: it holds
 * the ids of a form's questions. A form never changes under its id, so a browser keeps it.
 */
export const showFormStyles: Handler = async (c) => {
  const id = /^([1-9]\d{0,15})\.css$/.exec(c.req.param('file') ?? '')?.[1];
  if (!id) return c.body('', 404);
  let sheet = sheets.get(id);
  if (sheet === undefined) {
    const definition = formDefinitionSchema.safeParse(await loadFormDefinition(c.get('ctx').db, Number(id)));
    if (!definition.success) return c.body('', 404);
    sheet = conditionStyles(definition.data);
    sheets.set(id, sheet);
  }
  return c.body(sheet, 200, {
    'content-type': 'text/css; charset=utf-8',
    'cache-control': 'public, max-age=31536000, immutable',
  });
};

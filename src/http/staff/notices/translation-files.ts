import { loadTranslationFile } from '../../../app/queries/translations.ts';
import { refuse } from '../../../domain/refusal.ts';
import { type C, idParam } from '../../context.ts';
import { fileAnswer } from '../../file-answer.ts';
import { answerRefusal } from '../../refusal.tsx';

async function answerFile(c: C, kind: 'export' | 'import' | 'back'): Promise<Response> {
  const { db, files } = c.get('ctx');
  const id = idParam(c, 'id');
  const file = id === undefined ? undefined : await loadTranslationFile(db, kind, id);
  if (!file || !(await files.has(file.sha256)))
    return answerRefusal(c, refuse('translation.unknown', { id: c.req.param('id') ?? '' }), '/actions');
  return fileAnswer(files.read(file.sha256), { name: file.name, size: file.size });
}

/** GET /translation-exports/:id/file */
export const getExportFile = (c: C): Promise<Response> => answerFile(c, 'export');
/** GET /translations/:id/file: the translator's file as it came. */
export const getImportFile = (c: C): Promise<Response> => answerFile(c, 'import');
/** GET /back-translations/:id/file */
export const getBackTranslation = (c: C): Promise<Response> => answerFile(c, 'back');

import type { CodeTaken } from '../../../app/confirmation-codes.ts';
import type { Translate } from '../../translate.ts';

/** What whoever gave a code in is told. A unit that is held as isolated stays so, whatever was installed on it. */
export function takenText(t: Translate, taken: CodeTaken): string {
  const { serial, environment, result, state } = taken;
  const text = t(result === 'done' ? 'portal.code.done' : 'portal.code.failed', { serial, environment });
  return state === 'isolated' ? `${text} ${t('portal.exam.state.open')}` : text;
}

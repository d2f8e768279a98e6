/** Where a machine that has a network posts its own code: the code is all it has, and all it needs. */
import { enterCode, enterCodeInput } from '../../app/confirmation-codes.ts';
import { asActor } from '../../app/context.ts';
import { isRefusal } from '../../domain/refusal.ts';
import { clientAddress } from '../client-address.ts';
import type { C } from '../context.ts';
import { takenText } from '../portal/code/words.ts';
import { refusalText } from '../refusal.tsx';
import { chooseLanguage, translator } from '../translate.ts';

/** POST /verifier/code, `{"code": …}`. Answers `{taken, text}` in the language asked for. */
export async function postVerifierCode(c: C): Promise<Response> {
  const ctx = c.get('ctx');
  const t = translator(chooseLanguage({ asked: undefined, known: [], accept: c.req.header('accept-language') }));
  const input = enterCodeInput.safeParse(await c.req.json().catch(() => undefined));
  if (!input.success) return c.json({ taken: false, text: t('portal.code.missing') }, 422);
  const verifier = asActor(ctx, { kind: 'system', name: 'verifier' });
  const taken = await enterCode(verifier, { code: input.data.code }, clientAddress(c));
  if (isRefusal(taken)) {
    const status = taken.code === 'code.too-many' ? 429 : 422;
    return c.json({ taken: false, text: refusalText(taken, t.language) }, status);
  }
  return c.json({ taken: true, text: takenText(t, taken) });
}

/** A scan that is sent, and one that is taken back. */
import { lookUpBarcode } from '../../../app/barcodes.ts';
import { scanLabel, takeScanBack } from '../../../app/label-rounds.ts';
import { isRefusal } from '../../../domain/refusal.ts';
import { fieldText, readForm, seeOther } from '../../context.ts';
import { refusalError } from '../../refusal.tsx';
import { setFlash } from '../../ui/flash.ts';
import { freshForm, refusedForm } from '../../ui/form.ts';
import { portalForm } from '../form/model.ts';
import { portalPage } from '../gate.tsx';
import { scanPage } from './page.tsx';
import { correctionPlace, readWish } from './wish.tsx';

const everything = { units: true, answers: true };

/** POST /p/:token/scan */
export const sendScan = portalPage(everything, async (portal) => {
  const { c, ctx, base, t } = portal;
  const form = portalForm(portal);
  const body = await readForm(c);
  const text = fieldText(body, 'code').trim().slice(0, 300);
  if (!form) return scanPage(portal, freshForm(), { text, answer: await lookUpBarcode(ctx, { text }) });
  const place = correctionPlace(form);
  const { wish, errors } = place
    ? readWish(portal, form, place, body)
    : { wish: { answer: {}, environments: [] }, errors: [] };
  // A scanner that was pressed without a label in front sends nothing, and nothing is wrong with that.
  if (text === '' && errors.length === 0) return seeOther(c, `${base}/scan`);
  if (errors.length > 0) return scanPage(portal, refusedForm(body, errors), undefined, 422);
  const { start, context } = form;
  const done = await scanLabel(ctx, { text, wish, units: context.units, start, step: place?.step ?? '' });
  if (isRefusal(done)) return scanPage(portal, refusedForm(body, [refusalError(done, t.language)]), undefined, 422);
  return seeOther(c, `${base}/scan?at=${done.number}`);
});

/** POST /p/:token/scan/undo */
export const undoScan = portalPage(everything, async (portal) => {
  const { c, ctx, base, t } = portal;
  const form = portalForm(portal);
  const number = Number(fieldText(await readForm(c), 'number'));
  if (!form || !Number.isSafeInteger(number)) return seeOther(c, `${base}/scan`);
  const taken = await takeScanBack(ctx, { number, start: form.start });
  if (isRefusal(taken)) return scanPage(portal, refusedForm({}, [refusalError(taken, t.language)]), undefined, 422);
  if (taken) setFlash(c, { tone: 'done', text: t('portal.scan.taken-back', { name: taken.name }) });
  return seeOther(c, `${base}/scan`);
});

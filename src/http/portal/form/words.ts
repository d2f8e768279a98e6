/** What a field is about, in words: for error summaries and for reading back. */
import { findQuestion } from '../../../domain/form-asked.ts';
import { readFieldName } from '../../../domain/form-fields.ts';
import type { Translate } from '../../translate.ts';
import type { PortalForm } from './model.ts';
import { questionLabel } from './question.tsx';

/** e.g. *NextSeq 550Dx NB550001, Dx: Patched on*. */
export function fieldWords(form: Pick<PortalForm, 'definition' | 'context'>, name: string, t: Translate): string {
  const field = readFieldName(name);
  const question = field && findQuestion(form.definition, field.questionId);
  if (!field || !question) return name;
  const words = questionLabel(question, form.definition, t);
  const about = aboutWords(form, field.place, t);
  return about ? `${about}: ${words}` : words;
}

function aboutWords(
  form: Pick<PortalForm, 'context'>,
  place: NonNullable<ReturnType<typeof readFieldName>>['place'],
  t: Translate,
): string {
  const { units, products } = form.context;
  if (place.scope === 'product') return products.find((product) => product.id === place.id)?.name ?? '';
  if (place.scope === 'unit') {
    const unit = units.find((one) => one.id === place.id);
    return unit ? `${unit.product} ${unit.serial}` : '';
  }
  if (place.scope === 'correction') {
    for (const unit of units) {
      const correction = unit.corrections.find((one) => one.id === place.id);
      if (correction) return `${unit.product} ${unit.serial}, ${correction.environmentName}`;
    }
    return '';
  }
  if (place.scope === 'extra' || place.scope === 'standalone')
    return t(`portal.form.row.${place.scope}`, { number: place.index + 1 });
  return place.scope === 'all' ? t('portal.form.all') : '';
}

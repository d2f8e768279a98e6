/** One question of the form as a field: its words come from its id, its kind from its type. */
import type { VNode } from 'preact';
import type { FormContext, FormDefinition, Question } from '../../../domain/form.ts';
import { optionsOf } from '../../../domain/form-check.ts';
import { type FieldPlace, fieldName } from '../../../domain/form-fields.ts';
import { choiceKey, hintKey, questionKey, wordParams } from '../../../domain/form-words.ts';
import { hasText, type Translate } from '../../translate.ts';
import { Checkbox, CheckboxGroup, DateInput, RadioGroup, Select, TextArea, TextInput } from '../../ui/field.tsx';
import type { FormState } from '../../ui/form.ts';
import { isConditional } from './conditions.ts';

export type QuestionFieldProps = {
  definition: FormDefinition;
  context: FormContext;
  question: Question;
  place: FieldPlace;
  form: FormState;
  t: Translate;
  today: string;
  /** Spoken in front of the label where many rows ask the same, e.g. the serial number. */
  about?: string;
};

/** What a question asks, in words. */
export function questionLabel(question: Question, definition: FormDefinition, t: Translate): string {
  return t(questionKey(question), wordParams(definition));
}

/** The word of a choice. Products and environments are called by their own names. */
export function choiceLabel(question: Question, value: string, context: FormContext, t: Translate): string {
  if (question.optionsFrom === 'products') {
    return context.products.find((product) => String(product.id) === value)?.name ?? value;
  }
  if (question.optionsFrom === 'environments') {
    return context.products.flatMap((product) => product.environments).find((one) => one.code === value)?.name ?? value;
  }
  return t(choiceKey(question, value));
}

/** A question with label, hint, error and the answer given so far. */
export function QuestionField(props: QuestionFieldProps): VNode {
  const { definition, question } = props;
  return (
    <div class={isConditional(definition, question) ? `ff-q ff-q-${question.id}` : 'ff-q'}>
      <Answer {...props} />
    </div>
  );
}

function Answer({ definition, context, question, place, form, t, today, about }: QuestionFieldProps): VNode {
  const words = questionLabel(question, definition, t);
  const hint = hintKey(question);
  const shared = {
    form,
    name: fieldName(place, question.id),
    label: about ? (
      <>
        <span class="visually-hidden">{about}: </span>
        {words}
      </>
    ) : (
      words
    ),
    required: question.required === 'receipt' || question.required === 'asked',
    ...(hasText(hint) ? { hint: t(hint, wordParams(definition)) } : {}),
  };
  const options = (question.type === 'tick' ? [] : (optionsOf(question, context) ?? [])).map((value) => ({
    value,
    label: choiceLabel(question, value, context, t),
  }));
  switch (question.type) {
    case 'tick':
      return <Checkbox {...shared} />;
    case 'yes-no':
      return <RadioGroup {...shared} options={options} inline />;
    case 'choice':
      // A row of a long list answers by a select; a question of its own is easier to read with its choices open.
      return question.scope === 'party' ? (
        <RadioGroup {...shared} options={options} />
      ) : (
        <Select {...shared} options={options} placeholder={t('portal.form.choose')} />
      );
    case 'choices':
      return <CheckboxGroup {...shared} options={options} />;
    case 'long-text':
      return <TextArea {...shared} rows={4} maxLength={question.maxLength ?? 5_000} />;
    case 'date':
      return <DateInput {...shared} max={question.id.startsWith('planned') ? '2199-12-31' : today} />;
    case 'count':
      return <TextInput {...shared} type="number" width={8} maxLength={7} />;
    default:
      return (
        <TextInput
          {...shared}
          type={question.type === 'email' ? 'email' : question.type === 'phone' ? 'tel' : 'text'}
          maxLength={question.maxLength ?? 254}
          {...(question.autocomplete ? { autocomplete: question.autocomplete } : {})}
          identifier={question.id === 'serial'}
        />
      );
  }
}

/** Fields one chooses in instead of typing: radio buttons and tick boxes. */
import type { VNode } from 'preact';
import {
  described,
  FieldError,
  Hint,
  inputAttributes,
  type Option,
  RequiredWord,
  type Shared,
} from './field-parts.tsx';
import { errorOf, fieldId, textsOf } from './form.ts';

type GroupProps = Shared & { options: readonly Option[]; inline?: boolean };

function ChoiceGroup(props: GroupProps & { kind: 'radio' | 'checkbox'; chosen: readonly string[] }): VNode {
  const { form, name, label, hint, required, labelHidden, options, inline, kind, chosen } = props;
  const error = errorOf(form, name);
  return (
    <fieldset
      class={error ? 'ff-field ff-field-wrong' : 'ff-field'}
      aria-describedby={described(name, hint, error)}
      {...(kind === 'radio'
        ? { role: 'radiogroup' as const, 'aria-required': required ? ('true' as const) : undefined }
        : {})}
    >
      <legend class={labelHidden ? 'visually-hidden' : 'form-label'}>
        {label}
        <RequiredWord required={required} />
      </legend>
      <Hint name={name}>{hint}</Hint>
      <FieldError name={name} message={error} />
      <div class={inline ? 'ff-choices ff-choices-inline' : 'ff-choices'}>
        {options.map((option, index) => {
          // The first box carries the field's own id: the error summary links to it.
          const id = index === 0 ? fieldId(name) : `${fieldId(name)}-${index}`;
          return (
            <div class="ff-choice" key={option.value}>
              <input
                class="form-check-input"
                type={kind}
                id={id}
                name={name}
                value={option.value}
                checked={chosen.includes(option.value)}
                disabled={option.disabled}
                aria-describedby={option.hint ? `${id}-hint` : undefined}
              />
              <label for={id}>{option.label}</label>
              {option.hint ? (
                <div id={`${id}-hint`} class="ff-hint">
                  {option.hint}
                </div>
              ) : null}
            </div>
          );
        })}
      </div>
    </fieldset>
  );
}

/** One of a few. */
export function RadioGroup(props: GroupProps & { value?: string | undefined }): VNode {
  const { form, name, value } = props;
  const chosen = form?.values[name] === undefined ? (value === undefined ? [] : [value]) : textsOf(form, name);
  return <ChoiceGroup {...props} kind="radio" chosen={chosen} />;
}

/** Any of a few. After a refusal nothing ticked means nothing ticked, so `value` counts only for a fresh form. */
export function CheckboxGroup(props: GroupProps & { value?: readonly string[] }): VNode {
  const { form, name, value = [] } = props;
  const fresh = !form || (form.values[name] === undefined && form.errors.length === 0);
  return <ChoiceGroup {...props} kind="checkbox" chosen={fresh ? value : textsOf(form, name)} />;
}

export type CheckboxProps = Omit<Shared, 'labelHidden'> & { value?: string; checked?: boolean };

/** One tick box, e.g. *I have read the notice*. */
export function Checkbox({ form, name, label, hint, required, value = 'yes', checked = false }: CheckboxProps): VNode {
  const error = errorOf(form, name);
  const fresh = !form || (form.values[name] === undefined && form.errors.length === 0);
  return (
    <div class={error ? 'ff-field ff-field-wrong' : 'ff-field'}>
      <FieldError name={name} message={error} />
      <div class="ff-choice">
        <input
          {...inputAttributes({ form, name, hint, required: false })}
          class="form-check-input"
          type="checkbox"
          value={value}
          checked={fresh ? checked : textsOf(form, name).includes(value)}
        />
        <label for={fieldId(name)}>
          {label}
          <RequiredWord required={required} />
        </label>
        <Hint name={name}>{hint}</Hint>
      </div>
    </div>
  );
}

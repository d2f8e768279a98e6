/** What labels, hints and errors of every field have in common. */
import type { ComponentChildren, VNode } from 'preact';
import { errorOf, type FormState, fieldId } from './form.ts';
import { Icon } from './icons.tsx';
import { useWords } from './words.ts';

/** What every field is given. */
export type Shared = {
  /** Values and errors of the form this field stands in. */
  form?: FormState | undefined;
  /** Name of the input; also of its error in `form.errors`. */
  name: string;
  label: ComponentChildren;
  hint?: ComponentChildren;
  required?: boolean;
  /** Keeps the label for screen readers only, e.g. in a table cell whose heading says it. */
  labelHidden?: boolean;
};

/** ids of hint and error, for aria-describedby. */
export function described(name: string, hint: unknown, error: string | undefined): string | undefined {
  const ids = [hint ? `${fieldId(name)}-hint` : '', error ? `${fieldId(name)}-error` : ''].filter(Boolean);
  return ids.length > 0 ? ids.join(' ') : undefined;
}

/** A help that is always there, before the answer is typed. */
export function Hint({ name, children }: { name: string; children: ComponentChildren }): VNode | null {
  return children ? (
    <div id={`${fieldId(name)}-hint`} class="ff-hint">
      {children}
    </div>
  ) : null;
}

/** What is wrong with this field. */
export function FieldError({ name, message }: { name: string; message: string | undefined }): VNode | null {
  const { t } = useWords();
  if (!message) return null;
  return (
    <p id={`${fieldId(name)}-error`} class="ff-error">
      <Icon name="alert-circle" />
      <span>
        <span class="visually-hidden">{t('ui.error-prefix')} </span>
        {message}
      </span>
    </p>
  );
}

/** The word behind the label of an answer that must be given. */
export function RequiredWord({ required }: { required: boolean | undefined }): VNode | null {
  const { t } = useWords();
  return required ? <span class="ff-required"> {t('ui.required')}</span> : null;
}

/** What every single input carries. */
export function inputAttributes({ form, name, hint, required }: Pick<Shared, 'form' | 'name' | 'hint' | 'required'>) {
  const error = errorOf(form, name);
  return {
    id: fieldId(name),
    name,
    'aria-describedby': described(name, hint, error),
    'aria-invalid': error ? ('true' as const) : undefined,
    'aria-required': required ? ('true' as const) : undefined,
  };
}

export type Option = { value: string; label: string; hint?: ComponentChildren; disabled?: boolean };

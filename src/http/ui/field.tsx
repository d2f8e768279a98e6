/**
 * Form fields. Each has a label, a hint where one helps, its error beside it, and the value typed when the form comes
 * back. They need no JavaScript; the browser's own validation is off, so that every reader gets our words.
 */
import type { ComponentChildren, VNode } from 'preact';
import { FieldError, Hint, inputAttributes, type Option, RequiredWord, type Shared } from './field-parts.tsx';
import { errorOf, fieldId, textOf } from './form.ts';

// Pages take everything a form is made of from here.
export * from './choice.tsx';
export type { Option } from './field-parts.tsx';
export * from './form-frame.tsx';

export type FieldProps = Shared & { children: ComponentChildren };

/** Label, hint, error and whatever input stands between them. Give the input `id={fieldId(name)}`. */
export function Field({ form, name, label, hint, required, labelHidden, children }: FieldProps): VNode {
  const error = errorOf(form, name);
  return (
    <div class={error ? 'ff-field ff-field-wrong' : 'ff-field'}>
      <label class={labelHidden ? 'visually-hidden' : 'form-label'} for={fieldId(name)}>
        {label}
        <RequiredWord required={required} />
      </label>
      <Hint name={name}>{hint}</Hint>
      <FieldError name={name} message={error} />
      {children}
    </div>
  );
}

export type TextInputProps = Shared & {
  type?: 'text' | 'email' | 'tel' | 'url' | 'password' | 'search' | 'number';
  /** Shown when the form holds no value of its own. */
  value?: string | number | undefined;
  autocomplete?: string;
  inputMode?: 'text' | 'numeric' | 'decimal' | 'email' | 'tel' | 'url' | 'search';
  maxLength?: number;
  /** Expected length of the answer in characters; the box is as wide. Without it, full width. */
  width?: 4 | 8 | 12 | 20 | 30;
  /** Identifiers (serial numbers, UDI, addresses) stay left to right and unspelt in every language. */
  identifier?: boolean;
  readOnly?: boolean;
  placeholder?: string;
};

/** One line of text. */
export function TextInput(props: TextInputProps): VNode {
  const { form, name, type = 'text', value, width, identifier } = props;
  const typed = form?.values[name] === undefined ? value : textOf(form, name);
  return (
    <Field {...props}>
      <input
        {...inputAttributes(props)}
        class={`form-control${width ? ` ff-width-${width}` : ''}${identifier ? ' ff-identifier' : ''}`}
        // (The element's types know one kind at a time, hence the cast.)
        // A number box loses what was typed wrongly and turns with the mouse wheel: text with digits does neither.
        type={(type === 'number' ? 'text' : type) as 'text'}
        inputMode={type === 'number' ? 'numeric' : props.inputMode}
        // A password is never written into a page.
        value={type === 'password' ? undefined : typed}
        autoComplete={props.autocomplete}
        maxLength={props.maxLength}
        placeholder={props.placeholder}
        readOnly={props.readOnly}
        dir={identifier || type === 'email' || type === 'tel' || type === 'url' ? 'ltr' : undefined}
        spellcheck={identifier ? false : undefined}
        autoCapitalize={identifier || type === 'email' ? 'none' : undefined}
      />
    </Field>
  );
}

export type TextAreaProps = Shared & { value?: string; rows?: number; maxLength?: number };

/** Several lines of text. */
export function TextArea(props: TextAreaProps): VNode {
  const { form, name, rows = 4 } = props;
  return (
    <Field {...props}>
      <textarea {...inputAttributes(props)} class="form-control" rows={rows} maxLength={props.maxLength}>
        {form?.values[name] === undefined ? props.value : textOf(form, name)}
      </textarea>
    </Field>
  );
}

export type SelectProps = Shared & {
  options: readonly Option[];
  value?: string | undefined;
  /** The first, empty choice, e.g. `Choose…`. */
  placeholder?: string;
};

/** One of many. For up to six choices, a RadioGroup reads better. */
export function Select(props: SelectProps): VNode {
  const { form, name, options, placeholder } = props;
  const chosen = form?.values[name] === undefined ? (props.value ?? '') : textOf(form, name);
  return (
    <Field {...props}>
      <select {...inputAttributes(props)} class="form-select">
        {placeholder === undefined ? null : (
          <option value="" selected={chosen === ''}>
            {placeholder}
          </option>
        )}
        {options.map((option) => (
          <option key={option.value} value={option.value} selected={option.value === chosen} disabled={option.disabled}>
            {option.label}
          </option>
        ))}
      </select>
    </Field>
  );
}

export type DateInputProps = Shared & {
  /** `YYYY-MM-DD`. */
  value?: string | undefined;
  min?: string;
  max?: string;
};

/**
 * A day. Read the answer with `parseTypedDate`: a browser without date boxes sends what was typed. What is no date
 * comes back in a plain box, because a date box would drop it.
 */
export function DateInput(props: DateInputProps): VNode {
  const { form, name } = props;
  const typed = form?.values[name] === undefined ? (props.value ?? '') : textOf(form, name);
  const readable = typed === '' || /^\d{4}-\d{2}-\d{2}$/.test(typed);
  return (
    <Field {...props}>
      <input
        {...inputAttributes(props)}
        class="form-control ff-width-12"
        type={(readable ? 'date' : 'text') as 'text'}
        value={typed}
        min={props.min}
        max={props.max}
        dir="ltr"
      />
    </Field>
  );
}

export type FileInputProps = Shared & { accept?: string; multiple?: boolean };

/** A file to send. The form needs `upload`. */
export function FileInput(props: FileInputProps): VNode {
  return (
    <Field {...props}>
      <input
        {...inputAttributes(props)}
        class="form-control"
        type="file"
        accept={props.accept}
        multiple={props.multiple}
      />
    </Field>
  );
}

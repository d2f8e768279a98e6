/**
 * Form fields. Each has a label, a hint where one helps, its error beside it, and the value typed when the form comes
 * back. They need no JavaScript; the browser's own validation is off, so that every reader gets our words.
 */
import type { ComponentChildren, VNode } from 'preact';
import { errorOf, type FormState, fieldId, textOf, textsOf } from './form.ts';
import { Icon } from './icons.tsx';
import { useWords } from './words.ts';

type Shared = {
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
function described(name: string, hint: unknown, error: string | undefined): string | undefined {
  const ids = [hint ? `${fieldId(name)}-hint` : '', error ? `${fieldId(name)}-error` : ''].filter(Boolean);
  return ids.length > 0 ? ids.join(' ') : undefined;
}

function Hint({ name, children }: { name: string; children: ComponentChildren }): VNode | null {
  return children ? (
    <div id={`${fieldId(name)}-hint`} class="ff-hint">
      {children}
    </div>
  ) : null;
}

function FieldError({ name, message }: { name: string; message: string | undefined }): VNode | null {
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

function RequiredWord({ required }: { required: boolean | undefined }): VNode | null {
  const { t } = useWords();
  return required ? <span class="ff-required"> {t('ui.required')}</span> : null;
}

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

/** What every single input carries. */
function inputAttributes({ form, name, hint, required }: Pick<Shared, 'form' | 'name' | 'hint' | 'required'>) {
  const error = errorOf(form, name);
  return {
    id: fieldId(name),
    name,
    'aria-describedby': described(name, hint, error),
    'aria-invalid': error ? ('true' as const) : undefined,
    'aria-required': required ? ('true' as const) : undefined,
  };
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

export type Option = { value: string; label: string; hint?: ComponentChildren; disabled?: boolean };

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

/** Values that travel with a form unseen. Never secrets, never a decision the server must trust. */
export function HiddenInput({ name, value }: { name: string; value: string | number }): VNode {
  return <input type="hidden" name={name} value={value} />;
}

export type FormProps = {
  action: string;
  /** `get` for filters and searches only. */
  method?: 'post' | 'get';
  /** The form sends files. */
  upload?: boolean;
  id?: string;
  class?: string;
  /** Spoken name, where a page has several forms. */
  label?: string;
  children: ComponentChildren;
};

/** A form whose validation is ours. */
export function Form({ action, method = 'post', upload, id, class: extra, label, children }: FormProps): VNode {
  return (
    <form
      id={id}
      class={extra}
      action={action}
      method={method}
      enctype={upload ? 'multipart/form-data' : undefined}
      noValidate
      aria-label={label}
    >
      {children}
    </form>
  );
}

export type SubmitButtonProps = {
  children: ComponentChildren;
  /** `primary`: the one thing this page is for. `danger`: cannot be undone. */
  tone?: 'primary' | 'secondary' | 'danger' | 'quiet';
  icon?: string;
  name?: string;
  value?: string;
  /** id of the form, when the button stands outside it. */
  form?: string;
  formAction?: string;
  small?: boolean;
};

/** Sends the form. With JavaScript, a second press does nothing while the first is under way. */
export function SubmitButton(props: SubmitButtonProps): VNode {
  const { children, tone = 'primary', icon, small } = props;
  return (
    <button
      type="submit"
      class={`btn ff-btn-${tone}${small ? ' btn-sm' : ''}`}
      name={props.name}
      value={props.value}
      form={props.form}
      formAction={props.formAction}
    >
      {icon ? <Icon name={icon} /> : null}
      {children}
    </button>
  );
}

export type LinkButtonProps = {
  href: string;
  children: ComponentChildren;
  tone?: 'primary' | 'secondary' | 'quiet';
  icon?: string;
  small?: boolean;
};

/** A link that looks like a button: it goes somewhere and changes nothing. */
export function LinkButton({ href, children, tone = 'secondary', icon, small }: LinkButtonProps): VNode {
  return (
    <a class={`btn ff-btn-${tone}${small ? ' btn-sm' : ''}`} href={href}>
      {icon ? <Icon name={icon} /> : null}
      {children}
    </a>
  );
}

/** Buttons in a row, the first the most likely. */
export function ButtonRow({ children }: { children: ComponentChildren }): VNode {
  return <div class="ff-buttons">{children}</div>;
}

export type ConfirmFormProps = {
  /** The question, e.g. *Release notice 2 to 1,204 contacts?* */
  question: string;
  /** What will happen and whether it can be undone. */
  children?: ComponentChildren;
  action: string;
  /** What travels with the answer. */
  hidden?: Record<string, string | number>;
  /** The verb on the button, e.g. *Release*. */
  confirm: string;
  tone?: 'primary' | 'danger';
  /** Where *no* leads. */
  back: string;
  backLabel?: string;
};

/** Asks before something that cannot be undone: a page or a section of its own, no dialog. */
export function ConfirmForm(props: ConfirmFormProps): VNode {
  const { t } = useWords();
  return (
    <section class="card ff-confirm" aria-labelledby="confirm-question">
      <div class="card-body">
        <h2 id="confirm-question">{props.question}</h2>
        <Form action={props.action}>
          {props.children}
          {Object.entries(props.hidden ?? {}).map(([name, value]) => (
            <HiddenInput key={name} name={name} value={value} />
          ))}
          <ButtonRow>
            <SubmitButton tone={props.tone ?? 'primary'}>{props.confirm}</SubmitButton>
            <LinkButton href={props.back} tone="quiet">
              {props.backLabel ?? t('ui.cancel')}
            </LinkButton>
          </ButtonRow>
        </Form>
      </div>
    </section>
  );
}

/** What is wrong with a form, in one place at its top, each with a link to its field. */
import type { VNode } from 'preact';
import { type FormErrors, fieldId } from './form.ts';
import { Icon } from './icons.tsx';
import { useWords } from './words.ts';

/** Nothing when there are no errors. Takes the focus when the page opens (with JavaScript) and is read out (without). */
export function ErrorSummary({ errors }: { errors: FormErrors }): VNode | null {
  const { t } = useWords();
  if (errors.length === 0) return null;
  return (
    <div class="ff-summary" role="alert" tabIndex={-1} aria-labelledby="error-summary-title" data-focus="">
      <h2 id="error-summary-title">
        <Icon name="alert-circle" />
        {t('ui.error-summary', { count: errors.length })}
      </h2>
      <ul>
        {errors.map((error) => (
          <li key={`${error.field} ${error.message}`}>
            {error.field ? <a href={`#${fieldId(error.field)}`}>{error.message}</a> : error.message}
          </li>
        ))}
      </ul>
    </div>
  );
}

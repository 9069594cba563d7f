// Who works here: by a token in a closed system, by a name of one's choice in an open one.
import { useSignal } from '@preact/signals';
import { setOwnName, signIn } from '../api/session';
import { t } from '../i18n/app';
import { Button } from '../ui/button';
import { TextField } from '../ui/fields';

const problems = { refused: 'tokenRefused', wait: 'tooManyTries', away: 'away' } as const;

export function SignInForm({ again = false }: { again?: boolean }) {
  const token = useSignal('');
  const problem = useSignal<string | undefined>(undefined);
  const submit = async (event: Event) => {
    event.preventDefault();
    const entered = token.value.trim();
    if (!entered) {
      problem.value = t('tokenMissing');
      return;
    }
    const result = await signIn(entered);
    if (result !== 'good') problem.value = t(problems[result]);
  };
  return (
    <div class="gate">
      <form onSubmit={submit} noValidate>
        <div>
          {!again && <div class="brand">Winnow</div>}
          <p>{t(again ? 'signInAgain' : 'signInIntro')}</p>
        </div>
        <TextField
          label={t('token')}
          hint={t('signInHint')}
          error={problem.value}
          value={token.value}
          onValue={(value) => {
            token.value = value;
            problem.value = undefined;
          }}
          type="password"
          autocomplete="current-password"
          autofocus
        />
        <Button kind="primary" type="submit">
          {t('signIn')}
        </Button>
      </form>
    </div>
  );
}

export function NameForm() {
  const name = useSignal('');
  const problem = useSignal<string | undefined>(undefined);
  const submit = (event: Event) => {
    event.preventDefault();
    const entered = name.value.trim();
    if (entered) setOwnName(entered);
    else problem.value = t('nameMissing');
  };
  return (
    <div class="gate">
      <form onSubmit={submit} noValidate>
        <h1>{t('nameTitle')}</h1>
        <TextField
          label={t('name')}
          hint={t('nameHint')}
          error={problem.value}
          value={name.value}
          onValue={(value) => {
            name.value = value;
            problem.value = undefined;
          }}
          autocomplete="username"
          autofocus
        />
        <Button kind="primary" type="submit">
          {t('start')}
        </Button>
      </form>
    </div>
  );
}

import { useSignal } from '@preact/signals';
import type { ComponentType } from 'preact';
import { useEffect } from 'preact/hooks';
import type { Comparison } from '@gen/winnow/evaluation/v1/evaluation_pb';
import { may } from '../api/session';
import { href } from '../app/router';
import { t } from '../i18n/annotate';
import { Button } from '../ui/button';

interface Props {
  comparison: Comparison;
  /** Takes the last answer back; undefined when there is none. */
  undo: (() => void) | undefined;
}

/** In the place of the cards of a comparison whose verdict stands. */
export function Decided({ comparison, undo }: Props) {
  const view = useSignal<{ Verdict: ComponentType<{ comparison: Comparison }> } | undefined>(
    undefined,
  );
  useEffect(() => {
    import('../dashboard/comparisons/verdict').then(
      (loaded) => (view.value = loaded),
      () => undefined,
    );
  }, []);
  const Verdict = view.value?.Verdict;
  return (
    <section class="card decided" aria-labelledby="question">
      <h2 id="question" role="status">
        {t('decided')}
      </h2>
      <div class="sheet">{Verdict && <Verdict comparison={comparison} />}</div>
      <div class="mended">
        <a class="button primary" href={href('home')}>
          {t('otherQueues')}
        </a>
        {may('reviewer') && (
          <a class="button" href={href('comparison', { name: comparison.spec!.name })}>
            {t('toComparison')}
          </a>
        )}
        {undo && (
          <Button kind="quiet" onClick={undo}>
            {t('undo')}
          </Button>
        )}
      </div>
    </section>
  );
}

import type { ModelVersion } from '@gen/winnow/training/v1/training_pb';
import { href } from '../../app/router';
import { t } from '../../i18n/models';
import { layOut, type Node } from './lineage_layout';
import './lineage.css';

const [stepX, stepY, radius, margin] = [132, 64, 20, 28];
const xOf = ({ column }: Node) => margin + radius + column * stepX;
const yOf = ({ row }: Node) => margin + row * stepY;

interface Props {
  versions: readonly ModelVersion[];
  /** Names of versions, and what they are: "serves". */
  aliases: Record<string, string>;
  /** "name@N" that is shown. */
  current: string | undefined;
}

/** Which version was made of which; the table of versions says the same in words. */
export function LineageGraph({ versions, aliases, current }: Props) {
  const { nodes, edges, columns, rows } = layOut(versions);
  const width = 2 * (margin + radius) + Math.max(0, columns - 1) * stepX + 40;
  const height = 2 * margin + Math.max(0, rows - 1) * stepY + 24;
  return (
    <div class="lineage" tabIndex={0} role="region" aria-label={t('lineage')}>
      <svg width={width} height={height} viewBox={`0 0 ${width} ${height}`} role="group">
        <title>{t('lineage')}</title>
        <desc>{t('lineageHint')}</desc>
        {edges.map(({ from, to }) => (
          <path key={to.name} d={curve(from, to)} />
        ))}
        {nodes.map((node) => (
          <Version key={node.name} {...{ node, versions, aliases, current }} />
        ))}
      </svg>
    </div>
  );
}

function curve(from: Node, to: Node): string {
  const [x1, y1, x2, y2] = [xOf(from) + radius, yOf(from), xOf(to) - radius, yOf(to)];
  const middle = (x1 + x2) / 2;
  return `M${x1} ${y1} C${middle} ${y1} ${middle} ${y2} ${x2} ${y2}`;
}

function Version({ node, versions, aliases, current }: Props & { node: Node }) {
  const [model, number] = node.name.split('@') as [string, string];
  const alias = aliases[node.name];
  const parent = versions.find(({ name }) => name === node.name)?.parent;
  const text = alias ?? (node.foreign ? model : '');
  const made = t('lineageText', { version: node.name, parent: parent || t('nothing') });
  return (
    <a
      href={href('model', { name: model }, { version: number })}
      aria-label={`${number} ${text}: ${made}`}
      aria-current={node.name === current ? 'true' : undefined}
      class={`${alias ? 'alias' : ''} ${node.foreign ? 'foreign' : ''}`}
    >
      <circle cx={xOf(node)} cy={yOf(node)} r={radius} />
      <text class="number" x={xOf(node)} y={yOf(node) + 5} text-anchor="middle">
        {number}
      </text>{' '}
      <text x={xOf(node)} y={yOf(node) + radius + 15} text-anchor="middle">
        {text}
      </text>
    </a>
  );
}

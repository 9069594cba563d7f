import { Role } from '@gen/winnow/access/v1/access_pb';
import { t } from '../../i18n/people';

export const roles = ['annotator', 'reviewer', 'manager', 'admin'] as const;
export type PersonRole = (typeof roles)[number];

export const roleOf: Record<PersonRole, Role> = {
  annotator: Role.ANNOTATOR,
  reviewer: Role.REVIEWER,
  manager: Role.MANAGER,
  admin: Role.ADMIN,
};

export function roleName(role: Role): string {
  if (role === Role.SERVICE) return t('service');
  const name = roles.find((one) => roleOf[one] === role);
  return name ? t(name) : t('unknownRole');
}

import { createClient } from '@connectrpc/connect';
import { AccessService } from '@gen/winnow/access/v1/access_pb';
import { transport } from './transport';

export const access = createClient(AccessService, transport);

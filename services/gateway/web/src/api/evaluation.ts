import { createClient } from '@connectrpc/connect';
import { EvaluationService } from '@gen/winnow/evaluation/v1/evaluation_pb';
import { transport } from './transport';

export const evaluation = createClient(EvaluationService, transport);

import { createClient } from '@connectrpc/connect';
import { TrainingService } from '@gen/winnow/training/v1/training_pb';
import { transport } from './transport';

export const training = createClient(TrainingService, transport);

import { createClient } from '@connectrpc/connect';
import { AnnotationService } from '@gen/winnow/annotation/v1/annotation_pb';
import { transport } from './transport';

export const annotation = createClient(AnnotationService, transport);

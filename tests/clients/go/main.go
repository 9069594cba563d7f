// One teach round: import texts, make a queue, lease, answer, take back, list the log.
//
//	teach_round HOST:PORT
package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"log"
	"os"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	annotation "github.com/winnow-ner/winnow/gen/go/winnow/annotation/v1"
	common "github.com/winnow-ner/winnow/gen/go/winnow/common/v1"
)

const texts = `{"text": "Nurse wanted in Leeds"}
{"text": "We look for a nurse and a driver"}
{"text": "Driver for night shifts"}
`

// There is no model yet: patterns ask, until the answers have taught one.
const patterns = `{"label": "job_title", "pattern": [{"lower": "nurse"}]}
{"label": "job_title", "pattern": [{"lower": "driver"}]}
`

const me = "ada"

// newID makes a call that is repeated harmless: a repetition gets the first reply again.
func newID() string {
	b := make([]byte, 16)
	rand.Read(b)
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[0:4], b[4:6], b[6:8], b[8:10], b[10:16])
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func expect(ok bool, what any) {
	if !ok {
		log.Fatalf("not as expected: %v", what)
	}
}

func importTexts(ctx context.Context, service annotation.AnnotationServiceClient) {
	stream, err := service.ImportSource(ctx)
	check(err)
	check(stream.Send(&annotation.ImportSourceRequest{
		Part: &annotation.ImportSourceRequest_Header_{
			Header: &annotation.ImportSourceRequest_Header{
				RequestId: newID(),
				Source:    "ads",
				Format:    annotation.SourceFormat_SOURCE_FORMAT_JSONL,
			},
		},
	}))
	check(stream.Send(&annotation.ImportSourceRequest{
		Part: &annotation.ImportSourceRequest_Chunk{Chunk: []byte(texts)},
	}))
	imported, err := stream.CloseAndRecv()
	check(err)
	expect(imported.NumAdded == 3, imported)
}

func makeQueue(ctx context.Context, service annotation.AnnotationServiceClient) {
	_, err := service.CreateQueue(ctx, &annotation.CreateQueueRequest{
		RequestId: newID(),
		Spec: &annotation.QueueSpec{
			Name:     "titles",
			Kind:     annotation.TaskKind_TASK_KIND_TEACH,
			Source:   "ads",
			Dataset:  "title_answers",
			Labels:   []string{"job_title"},
			Model:    "blank:en",
			Patterns: patterns,
		},
	})
	check(err)
	queue, err := service.GetQueue(ctx, &annotation.GetQueueRequest{Name: "titles", Wait: true})
	check(err)
	expect(queue.Status.State == annotation.QueueState_QUEUE_STATE_OPEN, queue)
}

func answer(ctx context.Context, service annotation.AnnotationServiceClient,
	task *annotation.Task, verdict common.Verdict) *annotation.SubmitAnswersResponse_Stored {
	reply, err := service.SubmitAnswers(ctx, &annotation.SubmitAnswersRequest{
		Queue:     "titles",
		Annotator: me,
		Answers: []*annotation.NewAnswer{{
			AnswerId:     newID(),
			TaskId:       task.TaskId,
			FencingToken: task.FencingToken,
			Verdict:      verdict,
		}},
	})
	check(err)
	// Each answer has a result of its own.
	expect(reply.Results[0].GetStored() != nil, reply)
	return reply.Results[0].GetStored()
}

func main() {
	connection, err := grpc.NewClient(os.Args[1],
		grpc.WithTransportCredentials(insecure.NewCredentials()))
	check(err)
	defer connection.Close()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	service := annotation.NewAnnotationServiceClient(connection)
	importTexts(ctx, service)
	makeQueue(ctx, service)

	two := uint32(2)
	leased, err := service.LeaseTasks(ctx, &annotation.LeaseTasksRequest{
		Queue: "titles", Annotator: me, MaxTasks: &two,
	})
	check(err)
	expect(len(leased.Tasks) == 2, leased)
	for _, task := range leased.Tasks {
		span := task.GetQuestion().Span
		// Offsets count code points.
		found := string([]rune(task.Text)[span.Start:span.End])
		fmt.Printf("%q a %s? (%q)\n", found, span.Label, task.Text)
	}
	answer(ctx, service, leased.Tasks[0], common.Verdict_VERDICT_ACCEPT)
	mistaken := answer(ctx, service, leased.Tasks[1], common.Verdict_VERDICT_REJECT)

	undone, err := service.UndoAnswer(ctx, &annotation.UndoAnswerRequest{
		RequestId: newID(), Queue: "titles", Annotator: me,
	})
	check(err)
	expect(undone.UndoneRevision == mistaken.Revision, undone)
	answer(ctx, service, undone.Task, common.Verdict_VERDICT_ACCEPT)

	list, err := service.ListAnswers(ctx, &annotation.ListAnswersRequest{Dataset: "title_answers"})
	check(err)
	expect(len(list.Entries) == 4 && list.Entries[2].GetUndo() != nil, list)
	dataset, err := service.GetDataset(ctx, &annotation.GetDatasetRequest{Name: "title_answers"})
	check(err)
	expect(dataset.NumAccepted == 2 && dataset.NumRejected == 0, dataset)
	fmt.Println("a teach round in Go: 3 answers, 1 undo")
}

module example.com/teach-round

go 1.23

require (
	github.com/winnow-ner/winnow/gen/go v0.0.0
	google.golang.org/grpc v1.70.0
	google.golang.org/protobuf v1.36.6
)

// What protoc wrote.
replace github.com/winnow-ner/winnow/gen/go => ./gen

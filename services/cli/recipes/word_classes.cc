#include "services/cli/recipes/word_classes.h"

#include "absl/status/statusor.h"
#include "common/base/file.h"
#include "common/base/status.h"
#include "common/rpc/errors.h"
#include "grpcpp/client_context.h"
#include "services/cli/recipes/input_file.h"
#include "services/cli/recipes/upload.h"

namespace winnow::cli {

absl::StatusOr<std::string> ClassesOfVectors(const std::string& path, uint64_t seed,
                                             Session& session, Environment& environment) {
  const absl::StatusOr<MappedFile> file = MappedFile::Open(path);
  if (!file.ok()) return file.status();
  environment.Note("sending word vectors");
  grpc::ClientContext context;
  training::v1::MakeLexiconResponse response;
  const auto writer = session.training().MakeLexicon(&context, &response);
  training::v1::MakeLexiconRequest request;
  request.mutable_header()->set_seed(seed);
  if (writer->Write(request)) WriteChunks(file->bytes(), *writer);
  writer->WritesDone();
  environment.Note("classing words");
  WINNOW_RETURN_IF_ERROR(InFile(path, rpc::FromGrpc(writer->Finish())));
  return response.lexicon();
}

}  // namespace winnow::cli

// Thirty people with tokens, over TLS, at queues of which a share is for two, while any process is
// killed again and again: now `winnow serve`, now the services apart, over the same data.
//   WINNOW_TEAM_KILLS=200 queue_crash_test --gtest_filter='TeamCrash*'    takes some ten minutes
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "common/base/random.h"
#include "common/base/status.h"
#include "common/corpus/ids.h"
#include "common/rpc/testing_certificates.h"
#include "common/tasks/overlap.h"
#include "gtest/gtest.h"
#include "tests/crash/queue_history.h"
#include "tests/crash/queue_people.h"
#include "tests/testing/programs.h"
#include "tests/testing/scratch_directory.h"

namespace winnow::integration {
namespace {

constexpr size_t kPeople = 30;
constexpr uint32_t kOverlap = 2;
constexpr double kOverlapShare = 0.3;
// One queue over kPool for so many kills, and as many kills before the processes change.
constexpr size_t kKillsPerQueue = 10;
constexpr size_t kKillsPerSite = 5;
// A process is killed when people have given a random number of answers below this, or after this
// time.
constexpr uint64_t kMostAnswers = 600;
constexpr absl::Duration kLongestLife = absl::Seconds(5);
constexpr absl::Duration kLongestStart = absl::Milliseconds(300);

// Below those that connections get by themselves.
int FreePort(Random& random) {
  while (true) {
    const auto port = static_cast<uint16_t>(20000 + random.Below(12000));
    const int probe = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const bool is_free =
        bind(probe, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    close(probe);
    if (is_free) return port;
  }
}

// The processes over one data directory. Those that a site does not have are not running.
class Site {
 public:
  // People call `address`; it shows `certificate`, and so do services that call each other.
  Site(const std::string& data, const std::string& address, const rpc::TlsFiles& certificate)
      : data_(data), address_(address), certificate_(certificate) {}

  // Starts `winnow serve`, or the services apart. None may be running.
  absl::Status Start(bool apart) {
    processes_.clear();
    if (apart) {
      processes_.push_back(Service("annotation", "corpus", {"--listen=" + address_}));
      for (const auto& [name, data] :
           {std::pair("training", "jobs"), std::pair("evaluation", "evaluations")}) {
        processes_.push_back(Service(name, data,
                                     {"--listen=127.0.0.1:0", "--annotation=" + address_,
                                      "--tls_ca=" + certificate_.authority,
                                      absl::StrCat("--corpus_root=", data_, "/corpus")}));
      }
    } else {
      processes_.push_back({{Program("winnow"), "serve", "--data", data_, "--listen", address_,
                             "--tls-cert", certificate_.certificate, "--tls-key", certificate_.key},
                            absl::StrCat("serving ", data_)});
    }
    for (size_t i = 0; i < processes_.size(); ++i) WINNOW_RETURN_IF_ERROR(Restart(i));
    return absl::OkStatus();
  }

  size_t size() const { return processes_.size(); }
  // Of the first process, which has the queues.
  const std::string& address() const { return address_; }

  // Returns when it serves.
  absl::Status Restart(size_t i) {
    Begin(i);
    return processes_[i].process->AwaitLine(processes_[i].mark).status();
  }
  void Begin(size_t i) {
    processes_[i].process = std::make_unique<ChildProcess>(processes_[i].words);
  }
  absl::Status Kill(size_t i) {
    processes_[i].process->Signal(SIGKILL);
    return processes_[i].process->Wait().status();
  }

 private:
  struct Process {
    std::vector<std::string> words;
    // In the line that says that it serves.
    std::string mark;
    std::unique_ptr<ChildProcess> process;
  };

  Process Service(const std::string& name, const std::string& data,
                  const std::vector<std::string>& more) const {
    Process process;
    process.words = {Program("winnow-" + name),
                     absl::StrCat("--data=", data_, "/", data),
                     absl::StrCat("--models=", data_, "/models"),
                     absl::StrCat("--access=", data_, "/access"),
                     "--tls_cert=" + certificate_.certificate,
                     "--tls_key=" + certificate_.key,
                     "--tls_client_ca=" + certificate_.authority};
    process.words.insert(process.words.end(), more.begin(), more.end());
    process.mark = absl::StrCat("started service=winnow-", name);
    return process;
  }

  const std::string data_;
  const std::string address_;
  const rpc::TlsFiles certificate_;
  std::vector<Process> processes_;
};

class TeamCrashTest : public testing::Test {
 protected:
  TeamCrashTest() {
    for (size_t i = 0; i <= num_kills_ / kKillsPerQueue; ++i)
      queues_.push_back(absl::StrCat("team-", i));
  }

  // As kRoot, who is registered before anybody can connect.
  absl::StatusOr<std::unique_ptr<cli::Session>> Connect() const {
    return cli::ConnectTo(site_.address(), root_);
  }

  absl::Status Prepare() {
    const Finished added =
        RunToEnd("winnow", {"people", "add", "root", "--role", "admin", "--data", data_});
    if (added.exit_code != 0) return absl::InternalError(added.err);
    root_ = {added.out.substr(0, added.out.find('\n')), {.authority = authority_.file()}};
    WINNOW_RETURN_IF_ERROR(site_.Start(/*apart=*/false));
    WINNOW_ASSIGN_OR_RETURN(const std::unique_ptr<cli::Session> session, Connect());
    WINNOW_RETURN_IF_ERROR(MakeModelAndSources(*session));
    for (const std::string& queue : queues_)
      WINNOW_RETURN_IF_ERROR(MakeQueue(*session, queue, kPool, kOverlap, kOverlapShare));
    WINNOW_RETURN_IF_ERROR(MakeQueue(*session, kFew, kFew, kOverlap, kOverlapShare));
    return Register(*session);
  }

  absl::Status Register(cli::Session& session) {
    for (size_t i = 0; i < kPeople; ++i) {
      access::v1::CreatePersonRequest request;
      request.set_name(absl::StrCat("person", i));
      request.set_role(access::v1::ROLE_ANNOTATOR);
      WINNOW_ASSIGN_OR_RETURN(
          const access::v1::CreatePersonResponse created,
          cli::Call(session.access(), &access::v1::AccessService::Stub::CreatePerson, request));
      rpc::ConnectOptions connect = root_;
      connect.token = created.token();
      people_.push_back(std::make_unique<Person>(
          request.name(), random_.Next(), std::vector<std::vector<std::string>>{queues_, {kFew}},
          door_, connect));
    }
    return absl::OkStatus();
  }

  void LetPeopleWork() {
    const uint64_t num_answers = door_.num_answers() + random_.Below(kMostAnswers);
    const absl::Time latest = absl::Now() + kLongestLife;
    while (door_.num_answers() < num_answers && absl::Now() < latest)
      absl::SleepFor(absl::Milliseconds(1));
  }

  // Kills a process, starts it again, and may kill it once more meanwhile.
  absl::Status KillOne() {
    const size_t victim = random_.Below(site_.size());
    WINNOW_RETURN_IF_ERROR(site_.Kill(victim));
    ++num_killed_;
    if (random_.Below(4) == 0) {
      site_.Begin(victim);
      absl::SleepFor(random_.Uniform() * kLongestStart);
      WINNOW_RETURN_IF_ERROR(site_.Kill(victim));
      ++num_killed_;
    }
    WINNOW_RETURN_IF_ERROR(site_.Restart(victim));
    if (victim == 0) door_.Open(site_.address());
    return absl::OkStatus();
  }

  absl::Status Move() {
    for (size_t i = 0; i < site_.size(); ++i) {
      WINNOW_RETURN_IF_ERROR(site_.Kill(i));
      ++num_killed_;
    }
    apart_ = !apart_;
    num_moved_ += 1;
    WINNOW_RETURN_IF_ERROR(site_.Start(apart_));
    door_.Open(site_.address());
    return absl::OkStatus();
  }

  absl::Status KillAgainAndAgain() {
    door_.Open(site_.address());
    for (size_t next_move = kKillsPerSite; num_killed_ < num_kills_;) {
      LetPeopleWork();
      if (num_killed_ < next_move) {
        WINNOW_RETURN_IF_ERROR(KillOne());
      } else {
        WINNOW_RETURN_IF_ERROR(Move());
        next_move = num_killed_ + kKillsPerSite;
      }
    }
    return absl::OkStatus();
  }

  QueueHistory GoHome() {
    door_.Close();
    QueueHistory history;
    for (const auto& person : people_) person->Join();
    // All are at it before the first of them is told that there is nothing.
    for (const auto& person : people_) person->AnswerTheRest(kFew);
    for (const auto& person : people_) history.Merge(person->TakeHistory());
    return history;
  }

  ScratchDirectory scratch_;
  const std::string data_ = scratch_ / "data";
  const size_t num_kills_ = NumberFromEnvironment("WINNOW_TEAM_KILLS", 6);
  Random random_{NumberFromEnvironment("WINNOW_CRASH_SEED", 1)};
  rpc::TestAuthority authority_{scratch_ / "tls"};
  Site site_{data_, absl::StrCat("127.0.0.1:", FreePort(random_)),
             authority_.Issue("server", "localhost")};
  rpc::ConnectOptions root_;
  std::vector<std::string> queues_;
  Door door_;
  std::vector<std::unique_ptr<Person>> people_;
  bool apart_ = false;
  size_t num_killed_ = 0;
  size_t num_moved_ = 0;
};

TEST_F(TeamCrashTest, EveryPromiseOfAQueueIsKeptWhateverIsKilled) {
  ASSERT_EQ(Prepare(), absl::OkStatus());
  if (const absl::Status status = KillAgainAndAgain(); !status.ok()) {
    // People wait for a server that does not come.
    std::cerr << status << std::endl;
    std::abort();
  }
  const QueueHistory history = GoHome();

  const auto session = Connect();
  ASSERT_TRUE(session.ok()) << session.status();
  const tasks::Overlap overlap(kOverlap, kOverlapShare);
  const OverlapOf overlap_of = [&](const std::string& task) {
    return overlap.Of(corpus::Id(*corpus::IdFromHex(task)));
  };
  QueueFindings findings;
  queues_.push_back(kFew);
  for (const std::string& queue : queues_) {
    const auto found = CompareWithServer(**session, queue, overlap_of, history);
    ASSERT_TRUE(found.ok()) << found.status();
    findings.Merge(*found);
  }
  std::cout << kPeople << " people, " << num_killed_ << " kills, the processes changed "
            << num_moved_ << " times; " << queues_.size() << " queues\n"
            << Describe(history, findings);

  EXPECT_GT(findings.num_counted, 10 * num_killed_);
  EXPECT_EQ(history.told_nothing.size(), kPeople);
  EXPECT_EQ(absl::StrJoin(findings.words, "\n"), "");
  EXPECT_EQ(absl::StrJoin(history.refused, "\n"), "");
  EXPECT_EQ(absl::StrJoin(history.forged_and_taken, "\n"), "");
}

}  // namespace
}  // namespace winnow::integration

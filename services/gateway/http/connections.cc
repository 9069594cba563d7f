#include "services/gateway/http/connections.h"

#include <poll.h>
#include <sys/socket.h>

#include <stop_token>
#include <utility>
#include <vector>

namespace winnow::http {

OpenConnection::~OpenConnection() { all_.Remove(*this); }

void OpenConnection::Rest(absl::Duration limit) {
  MutexLock lock(all_.mutex_);
  resting_ = true;
  deadline_ = all_.clock_.SteadyNow() + limit;
  if (all_.stopping_) ShutDown();
}

void OpenConnection::Expect(absl::Duration limit) {
  MutexLock lock(all_.mutex_);
  resting_ = false;
  deadline_ = all_.clock_.SteadyNow() + limit;
}

void OpenConnection::Work() { Expect(absl::InfiniteDuration()); }

void OpenConnection::WhenGone(std::function<void()> gone) {
  MutexLock lock(all_.mutex_);
  gone_ = std::move(gone);
}

void OpenConnection::ShutDown() {
  shutdown(socket_, SHUT_RDWR);
  TellGone();
}

void OpenConnection::TellGone() {
  if (gone_ != nullptr) std::exchange(gone_, nullptr)();
}

Connections::Connections(size_t max, metrics::Gauge& open, const Clock& clock,
                         absl::Duration interval)
    : max_(max),
      open_(open),
      clock_(clock),
      watcher_(interval, [this](std::stop_token) { LookAfter(); }) {}

std::shared_ptr<OpenConnection> Connections::Add(int socket) {
  MutexLock lock(mutex_);
  if (stopping_ || connections_.size() >= max_) return nullptr;
  std::shared_ptr<OpenConnection> connection(new OpenConnection(*this, socket));
  connections_.insert(connection.get());
  open_.Set(static_cast<double>(connections_.size()));
  return connection;
}

void Connections::Remove(OpenConnection& connection) {
  MutexLock lock(mutex_);
  connections_.erase(&connection);
  open_.Set(static_cast<double>(connections_.size()));
  if (connections_.empty()) emptied_.NotifyAll();
}

void Connections::Stop(absl::Duration drain) {
  const auto deadline = SteadyDeadline(drain);
  MutexLock lock(mutex_);
  stopping_ = true;
  for (OpenConnection* connection : connections_) {
    if (connection->resting_) connection->ShutDown();
  }
  while (!connections_.empty() && std::chrono::steady_clock::now() < deadline)
    emptied_.WaitUntil(mutex_, deadline);
  for (OpenConnection* connection : connections_) connection->ShutDown();
  while (!connections_.empty()) emptied_.Wait(mutex_);
}

void Connections::LookAfter() {
  const absl::Time now = clock_.SteadyNow();
  MutexLock lock(mutex_);
  std::vector<OpenConnection*> watched;
  std::vector<pollfd> sockets;
  for (OpenConnection* connection : connections_) {
    if (connection->deadline_ <= now) {
      connection->ShutDown();
    } else if (connection->gone_ != nullptr) {
      watched.push_back(connection);
      sockets.push_back({connection->socket_, POLLRDHUP, 0});
    }
  }
  if (poll(sockets.data(), sockets.size(), 0) <= 0) return;
  for (size_t i = 0; i < sockets.size(); ++i) {
    if (sockets[i].revents != 0) watched[i]->TellGone();
  }
}

}  // namespace winnow::http

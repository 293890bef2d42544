#include "trainer.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <numeric>

#include "pool.h"

namespace glassnet {

template <class T>
Trainer<T>::Trainer(const PlanSource& plan, const std::vector<MemberSettings>& members, const Data<T>& data,
                    const Data<T>& validation, int threads)
    : plan_(plan), network_(plan_.network, plan_.network.heads), data_(data), validation_(validation) {
  const bool heads = plan_.network.heads > 1;
  if (heads) one_ = std::make_unique<PreparedNetwork<T>>(plan_.network);
  const auto count = static_cast<std::size_t>(network_.view().parameters + padding);
  for (const auto& p : plan_.network.parametrization) {
    for (double rate : p.rates) grouped_ |= rate != 1;
    for (double decay : p.decays) grouped_ |= decay != 1 && plan_.decay_place >= 0;
  }
  dropout_.resize(static_cast<std::size_t>(network_.view().layers));
  for (const auto& settings : members) {
    Member<T> member;
    member.settings = settings;
    if (settings.rows == nullptr) member.settings.row_count = data_.rows;
    subsets_ |= settings.rows != nullptr;
    for (std::size_t l = 0; l < settings.dropout.size(); ++l) {
      dropout_[l] = dropout_[l] || settings.dropout[l] > 0;
      member.thresholds.push_back(static_cast<std::uint32_t>(settings.dropout[l] * 4294967296.0));
      member.scales.push_back(static_cast<T>(1.0 / (1.0 - settings.dropout[l])));
    }
    member.rate = member.last_rate = settings.learning_rate;
    member.weights = Buffer<T>(count), member.next_weights = Buffer<T>(count);
    for (int l = 0; l < network_.view().layers; ++l)
      network_.write_scales(member.weights.data(), l, T(1)), network_.start_mixes(member.weights.data(), l);
    if (plan_.restore_best) member.best_weights = Buffer<T>(count);
    for (int s = 0; s < plan_.n_states; ++s) member.states.emplace_back(count);
    if (plan_.epochs == 0) member.stop = Stop::all_epochs;
    members_.push_back(std::move(member));
  }
  const int workers = static_cast<int>(std::min<std::size_t>(static_cast<std::size_t>(threads), members.size()));
  const long rows = std::max(plan_.batch_size, std::min(validation_.rows, block_rows));
  long longest = 0, together = std::max(plan_.batch_size, validation_.rows);
  for (const auto& member : members_) {
    longest = std::max(longest, member.settings.row_count);
    together = std::max(together, member.settings.held_count);
  }
  for (int w = 0; w < workers; ++w) {
    // Threads that have no member of their own share the products of a large network.
    const int sharing = workers == 1 ? threads : 1;
    Worker worker{Scratch<T>(computing().view(), heads ? 1 : rows, true, sharing, dropout_, together),
                  {},
                  -1,
                  -1,
                  {},
                  nullptr,
                  {},
                  {},
                  {},
                  {},
                  {},
                  {},
                  {},
                  {},
                  {}};
    const long blocks =
        network_.view().windows == nullptr ? 1 : (plan_.batch_size + network_.view().block - 1) / network_.view().block;
    for (long beside = 1; beside < std::min<long>(sharing, blocks); ++beside)
      worker.beside.emplace_back(network_.view(), rows, true, 1, dropout_);
    const long image = augment_scratch(plan_.augmentation);
    worker.scratch.take_image(image);
    for (auto& scratch : worker.beside) scratch.take_image(image);
    if (!worker.beside.empty()) worker.gradient = Buffer<T>(count), worker.losses.resize(worker.beside.size() + 1);
    if (lanes_fit())
      worker.group = std::make_unique<LaneGroup<T>>(network_.view(), active_kernels<T>().lanes, plan_.n_states,
                                                    plan_.batch_size, longest, ordered(), dropout_);
    const std::size_t groups = grouped_ ? groups_per_layer * plan_.network.parametrization.size() : 0;
    worker.group_scalars.resize(groups);
    worker.optimizer.assign(std::max<std::size_t>(groups, 1),
                            plan_.optimizer.prepare<T>(active_kernels<T>().optimizer));
    if (network_.view().made != nullptr) worker.made = Buffer<T>(count);
    if (heads) {
      const int at_once = static_cast<int>(std::min<long>(sharing, plan_.network.heads));
      worker.heads =
          std::make_unique<HeadWork<T>>(network_.view(), computing().view(), rows, at_once, dropout_, together);
      worker.pass_on = std::make_unique<PassOn<T>>(plan_.network, rows, together);
    }
    workers_.push_back(std::move(worker));
  }
  if (lanes_fit()) make_lane_table();
}

template <class T>
double Trainer<T>::bytes_needed(const PlanSource& plan, std::size_t members, long rows, int threads) {
  double parameters = 0, neurons = 0;
  const double per_neuron = (plan.dropout ? 7 : 5) + (plan.network.mixed.empty() ? 0 : 1);
  const double heads = static_cast<double>(plan.network.heads);
  double of_one = 0;  // parameters of one head
  for (std::size_t l = 0; l + 1 < plan.network.sizes.size(); ++l) {
    const bool last = l + 2 == plan.network.sizes.size();
    const bool scaled = !plan.network.parametrization.empty() && plan.network.parametrization[l].scaled;
    const double scales = scaled ? static_cast<double>(plan.network.sizes[l]) : 0.0;
    const double weights = static_cast<double>(padded(plan.network.weights_of(l) + plan.network.neurons_of(l)));
    const bool mixed = !plan.network.mixed.empty() && plan.network.mixed[l];
    of_one += weights + scales;
    parameters += (last ? heads : 1.0) * weights + (last || l == 0 ? heads : 1.0) * scales +
                  (mixed ? static_cast<double>(plan.network.sizes[l + 1]) : 0.0);
  }
  for (long size : plan.network.sizes) neurons += per_neuron * static_cast<double>(padded(size + 1));
  std::vector<Blocks> blocks;
  for (const BlockList& list : plan.network.blocks) blocks.push_back({list.data(), static_cast<long>(list.size())});
  // Copies of the operands of large products, for each thread that shares them.
  const auto packed = static_cast<double>(packed_size<T>(
      plan.network.sizes.data(), static_cast<int>(plan.network.sizes.size()) - 1,
      blocks.empty() ? nullptr : blocks.data(), plan.network.windows.empty() ? nullptr : plan.network.windows.data()));
  const double coupled =
      plan.network.coupling == Coupling::none
          ? 0.0
          : static_cast<double>(rows) * (2.0 * static_cast<double>(plan.network.sizes.back()) * sizeof(T) +
                                         coupled_numbers * sizeof(double) + coupled_places * sizeof(std::int32_t) + 1);
  const double arrays = 2.0 + plan.n_states + (plan.restore_best ? 1 : 0);
  bool made = false;  // weights are made from parameters, in an array of each thread
  for (const auto& p : plan.network.parametrization) made |= !p.plain();
  const double block = static_cast<double>(padded(std::min(plan.batch_size, block_rows)));
  const double workers = std::min<double>(threads, static_cast<double>(members));
  if (heads > 1) {  // each thread works on a head of its own
    const double at_once = members == 1 ? std::min<double>(threads, heads) : workers;
    return (static_cast<double>(members) * arrays * parameters + workers * parameters +
            at_once * (packed + neurons * block + 2 * of_one)) *
               sizeof(T) +
           (at_once + 2 * workers) * coupled + workers * (plan.shuffle ? 4.0 * static_cast<double>(rows) : 0.0);
  }
  if (!plan.network.windows.empty()) {  // threads work on blocks of rows or on members
    const WindowRoom room(plan.network.windows.data(), static_cast<int>(plan.network.windows.size()));
    const long of_block = rows_of_block(plan.network);
    const double rows_at_once = static_cast<double>(padded(std::min(plan.batch_size, of_block)));
    const double at_once =
        members == 1 ? std::min<double>(threads, static_cast<double>((plan.batch_size + of_block - 1) / of_block))
                     : workers;
    return static_cast<double>(members) * arrays * parameters * sizeof(T) + workers * coupled +
           at_once *
               (neurons * rows_at_once + 2 * parameters + static_cast<double>(room.kernels + room.sums) + packed) *
               sizeof(T) +
           (members == 1 ? threads - 1 : 0) * packed * sizeof(T) + workers * (made ? parameters * sizeof(T) : 0.0) +
           workers * (plan.shuffle ? 4.0 * static_cast<double>(rows) : 0.0);
  }
  return static_cast<double>(members) * arrays * parameters * sizeof(T) +
         (members == 1 ? threads : workers) * packed * sizeof(T) + workers * coupled +
         workers * ((neurons * block + (made ? 2.0 : 1.0) * parameters) * sizeof(T) +
                    (plan.shuffle ? 4.0 * static_cast<double>(rows) : 0.0));
}

// Who is stepped together: running members at the same place, one per lane; without lanes, or alone, each by itself.
template <class T> std::vector<typename Trainer<T>::Crew> Trainer<T>::crews() {
  Crew running;
  for (auto& member : members_)
    if (!member.finished()) running.push_back(&member);
  std::vector<Crew> result;
  if (!table_) {
    // Those that are behind come first, so that members get on alike when time runs out.
    std::stable_sort(running.begin(), running.end(),
                     [](const Member<T>* a, const Member<T>* b) { return a->step < b->step; });
    for (auto* member : running) result.push_back({member});
    return result;
  }
  std::stable_sort(running.begin(), running.end(), [](const Member<T>* a, const Member<T>* b) {
    return a->step != b->step ? a->step < b->step : a->settings.row_count < b->settings.row_count;
  });
  const auto lanes = static_cast<std::size_t>(active_kernels<T>().lanes);
  for (std::size_t i = 0; i < running.size();) {
    Crew crew;
    while (i < running.size() && crew.size() < lanes &&
           (crew.empty() ||
            (running[i]->step == crew[0]->step && running[i]->settings.row_count == crew[0]->settings.row_count)))
      crew.push_back(running[i++]);
    if (crew.size() >= static_cast<std::size_t>(least_lanes()))
      result.push_back(crew);
    else
      for (auto* member : crew) result.push_back({member});
  }
  return result;
}

template <class T> template <class Enough> bool Trainer<T>::advance_all(Enough enough, bool exact) {
  for (;;) {
    const std::vector<Crew> work = crews();
    if (work.empty()) return true;
    std::atomic<std::size_t> next{0};
    std::atomic<bool> time_left{true};
    in_parallel(static_cast<int>(std::min(workers_.size(), work.size())), [&](int w) {
      Worker& worker = workers_[static_cast<std::size_t>(w)];
      for (std::size_t i; (exact || time_left) && (i = next.fetch_add(1)) < work.size();) {
        const Crew& crew = work[i];
        const auto running = [&crew] {
          return std::count_if(crew.begin(), crew.end(), [](const Member<T>* m) { return !m->finished(); });
        };
        // Once few lanes are left, the crew ends early and its members join others.
        const long least = crew.size() > 1 && !exact ? least_lanes() : 1;
        if (crew.size() > 1)
          for (int lane = 0; lane < worker.group->lanes(); ++lane)
            worker.group->load(*crew[static_cast<std::size_t>(lane) < crew.size() ? static_cast<std::size_t>(lane) : 0],
                               lane);
        for (long steps = 0; running() >= least; ++steps) {
          if (enough(steps)) {
            time_left = false;
            break;
          }
          if (crew.size() > 1)
            lane_step(crew, worker);
          else
            one_step(*crew[0], worker);
        }
        if (crew.size() > 1)
          for (std::size_t lane = 0; lane < crew.size(); ++lane)
            if (!crew[lane]->finished()) worker.group->store(*crew[lane], static_cast<int>(lane));
      }
    });
    if (!time_left || exact) break;
  }
  return std::all_of(members_.begin(), members_.end(), [](const Member<T>& m) { return m.finished(); });
}

template <class T> bool Trainer<T>::advance(double seconds, std::function<void()> ask) {
  using Clock = std::chrono::steady_clock;
  const auto end = Clock::now() + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
  interruption_.begin(std::move(ask));
  // The clock costs as much as a step of the smallest networks: look at it once in eight of those, else at each step.
  const long every =
      static_cast<double>(network_.view().parameters) * static_cast<double>(plan_.batch_size) < 1e5 ? 8 : 1;
  return advance_all([&](long steps) { return steps > 0 && steps % every == every - 1 && Clock::now() >= end; }, false);
}

template <class T> bool Trainer<T>::advance_steps(long wanted, std::function<void()> ask) {
  interruption_.begin(std::move(ask));
  return advance_all([&](long steps) { return steps >= wanted; }, true);
}

// The rows of this epoch: the member's own, in a new random order when the plan says so and there are several batches.
template <class T> void Trainer<T>::make_order(const Member<T>& member, std::vector<std::int32_t>& order) const {
  const auto& settings = member.settings;
  const auto count = static_cast<std::size_t>(settings.row_count);
  order.resize(count);
  const bool shuffle = plan_.shuffle && plan_.batch_size < settings.row_count;
  if (shuffle)
    active_scalars().permute({plan_.seed, static_cast<std::uint32_t>(Purpose::shuffle), settings.id,
                              static_cast<std::uint32_t>(member.epoch), 0},
                             order.data(), static_cast<std::int32_t>(count));
  else
    std::iota(order.begin(), order.end(), 0);
  if (settings.rows != nullptr)
    for (auto& row : order) row = settings.rows[row];
}

template <class T> Regularization<T> Trainer<T>::regularization(const Member<T>& member, Worker& worker) const {
  Regularization<T> r;
  r.seed = plan_.seed, r.member = member.settings.id, r.step = static_cast<std::uint32_t>(member.step);
  r.epoch = static_cast<std::uint32_t>(member.epoch);
  if (plan_.augmentation.there()) r.augment = &augment<T>, r.images = &plan_.augmentation;
  if (!member.thresholds.empty()) r.threshold = member.thresholds.data(), r.scale = member.scales.data();
  if (plan_.dropout_schedule && r.threshold != nullptr) {
    const double share = scalars_of(member, worker).dropout();
    worker.thresholds.clear(), worker.scales.clear();
    for (double rate : member.settings.dropout) {
      worker.thresholds.push_back(static_cast<std::uint32_t>(rate * share * 4294967296.0));
      worker.scales.push_back(static_cast<T>(1.0 / (1.0 - rate * share)));
    }
    r.threshold = worker.thresholds.data(), r.scale = worker.scales.data();
  }
  const double smoothing = member.settings.label_smoothing;
  const double classes = network_.view().softmax ? static_cast<double>(computing().outputs()) : 2.0;
  r.target_factor = static_cast<T>(1.0 - smoothing), r.target_shift = static_cast<T>(smoothing / classes);
  return r;
}

template <class T> Rows<T> Trainer<T>::batch_rows(const Member<T>& member, Worker& worker) {
  const long id = &member - members_.data();
  Rows<T> rows{data_.X, data_.y, data_.weight, nullptr, member.position, 0, data_.rows};
  rows.count = std::min(plan_.batch_size, member.settings.row_count - member.position);
  if (rows.weight != nullptr) rows.weight += id * data_.weight_step;
  if (ordered()) {
    if (worker.order_member != id || worker.order_epoch != member.epoch) {
      make_order(member, worker.order);
      worker.order_member = id, worker.order_epoch = member.epoch;
    }
    rows.order = worker.order.data();
  }
  return rows;
}

template <class T> double Trainer<T>::total_weight(const Rows<T>& rows) const {
  if (rows.weight == nullptr) return static_cast<double>(rows.count);
  double total = 0;
  for (long i = 0; i < rows.count; ++i)
    total += static_cast<double>(rows.weight[rows.order != nullptr ? rows.order[rows.first + i] : rows.first + i]);
  return total;
}

template <class T> void Trainer<T>::move(StepScalars& scalars, const Member<T>& member, double multiple,
                                         double decay) const {
  const long rows = member.settings.row_count, of_epoch = (rows + plan_.batch_size - 1) / plan_.batch_size;
  const long steps = plan_.epochs <= std::numeric_limits<long>::max() / of_epoch ? plan_.epochs * of_epoch
                                                                                 : std::numeric_limits<long>::max();
  scalars.move_to(plan_, member.step, steps, member.epoch, rows, multiple * member.rate, decay);
}

template <class T> const StepScalars& Trainer<T>::scalars_of(const Member<T>& member, Worker& worker) const {
  move(worker.scalars, member, 1.0);
  return worker.scalars;
}

// The optimizer with the numbers of this step: one, or one for each group of parameters where learning rates differ.
template <class T> const Formula<T>* Trainer<T>::optimizer_of(const Member<T>& member, Worker& worker) const {
  for (std::size_t g = 0; g < worker.optimizer.size(); ++g) {
    if (grouped_) {
      const Parametrization& record = plan_.network.parametrization[g / groups_per_layer];
      move(worker.group_scalars[g], member, record.rates[g % groups_per_layer], record.decays[g % groups_per_layer]);
    }
    const StepScalars& scalars = grouped_ ? worker.group_scalars[g] : scalars_of(member, worker);
    for (int u = 0; u < plan_.optimizer.vector_uniforms; ++u)
      worker.optimizer[g].uniforms[u] = static_cast<T>(scalars.uniform(u));
  }
  return worker.optimizer.data();
}

// The weights that the layers compute with: the parameters themselves, or what is made from them.
template <class T> const T* Trainer<T>::weights_of(const Member<T>& member, Worker& worker) const {
  if (network_.view().made == nullptr) return member.weights.data();
  active_kernels<T>().make_weights(network_.view(), member.weights.data(), worker.made.data());
  return worker.made.data();
}

template <class T> void Trainer<T>::one_step(Member<T>& member, Worker& worker) {
  const auto& kernels = active_kernels<T>();
  const Regularization<T> regularized = regularization(member, worker);
  Workspace<T> workspace = worker.scratch.workspace();
  workspace.regularization = &regularized;
  interruption_.watch(workspace, static_cast<int>(&worker - workers_.data()));
  const Rows<T> rows = batch_rows(member, worker);
  const double weight = total_weight(rows), factor = reduction_factor(plan_, weight);
  const double penalty_scale = !plan_.penalty_per_row ? 1.0 : weight > 0 ? 1.0 / weight : 0.0;
  const double l1 = member.settings.l1 * penalty_scale, l2 = member.settings.l2 * penalty_scale;

  member.last_rate = scalars_of(member, worker).learning_rate();

  double objective = worker.heads != nullptr
                         ? heads_step(member, worker, rows, factor)
                         : factor * (worker.gradient ? blocks_step(member, worker, rows, factor, regularized)
                                                     : kernels.batch(network_.view(), workspace,
                                                                     weights_of(member, worker), rows, factor));
  if (!std::isfinite(objective)) return diverge(member, worker, rows, Cause::loss);
  if (network_.view().made != nullptr && worker.heads == nullptr)
    kernels.pull_back(network_.view(), member.weights.data(), gradient_of(worker));

  UpdateTask<T> task;
  T* states[most_operands];
  for (int s = 0; s < plan_.n_states; ++s) states[s] = member.states[static_cast<std::size_t>(s)].data();
  task.weights = member.weights.data(), task.new_weights = member.next_weights.data();
  task.gradient = gradient_of(worker), task.states = states, task.n_states = plan_.n_states;
  task.l1 = static_cast<T>(l1), task.l2 = static_cast<T>(l2), task.clip_norm = static_cast<T>(plan_.clip_norm);
  task.optimizer = optimizer_of(member, worker), task.grouped = grouped_;
  task.workers = workspace.workers, task.in_parallel = workspace.in_parallel;
  const UpdateOutcome outcome = kernels.update(network_.view(), task);
  objective += penalty(l1, outcome.l1_sum, l2, outcome.l2_sum);
  if (!outcome.finite) return diverge(member, worker, rows, Cause::gradient);
  if (!std::isfinite(objective)) return diverge(member, worker, rows, Cause::loss);

  std::swap(member.weights, member.next_weights);
  member.step += 1;
  member.position += rows.count;
  member.epoch_sum += objective * static_cast<double>(rows.count);
  if (member.position >= member.settings.row_count) end_epoch(member, worker);
}

template class Trainer<float>;
template class Trainer<double>;

}  // namespace glassnet

// The objective of a plan over fixed rows and its gradient, in double precision, made once and asked at many points;
// and the search of its minimum.
#include <mutex>

#include "../training/search.h"
#include "checks.h"

namespace glassnet {

class Objective {
 public:
  Objective(const PlanSource& plan, double l1, double l2, Array<const double> X, Array<const double> y,
            std::optional<Array<const double>> weight)
      : network_(checked(plan, X, y, weight)),
        l1_(l1),
        l2_(l2),
        data_(data_of<double>(X, y, weight)),
        scratch_(network_.view(), data_.rows, true) {
    for (const auto& array : {X, y}) kept_.push_back(nb::cast(array));
    if (weight) kept_.push_back(nb::cast(*weight));
    double total = static_cast<double>(data_.rows);
    if (weight) {
      total = 0;
      for (long i = 0; i < data_.rows; ++i) total += data_.weight[i];
    }
    factor_ = reduction_factor(plan, total);
    scale_ = !plan.penalty_per_row ? 1.0 : total > 0 ? 1.0 / total : 0.0;
    const auto& view = network_.view();
    for (int l = 0; l < view.layers; ++l) count_ += static_cast<std::size_t>(view.weights[l] + view.neurons[l]);
  }

  std::size_t count() const { return count_; }
  // Up to so many iterations of a search; signals are looked at after each.
  bool advance(Search& search, long iterations) {
    nb::gil_scoped_release release;
    const std::lock_guard<std::mutex> alone(asked_);
    return search.advance(
        iterations, [this](const double* flat, double* to) { return evaluate(flat, to); }, check_signals);
  }

  // What a search says of itself, not while another thread moves it.
  template <class Read> auto read(const Search& search, const Read& what) {
    nb::gil_scoped_release release;
    const std::lock_guard<std::mutex> alone(asked_);
    return what(search);
  }

  // At a point given layer by layer, the weights that are kept, then biases; the gradient comes in the same order.
  nb::tuple at(Array<const double> flat) {
    require(flat.size() == count_, "the point does not have as many entries as the network has parameters");
    auto result = new_array<double>({count_});
    double objective = 0;
    {
      nb::gil_scoped_release release;
      const std::lock_guard<std::mutex> alone(asked_);  // the scratch is one
      objective = evaluate(flat.data(), result.data());
    }
    return nb::make_tuple(objective, result);
  }

 private:
  static const NetworkSource& checked(const PlanSource& plan, const Array<const double>& X,
                                      const Array<const double>& y, const std::optional<Array<const double>>& weight) {
    check_plan(plan);
    check_size(plan.network);
    require(plan.network.heads == 1 && plan.network.mixed.empty(), "heads and mixes have no gradients here");
    check_rows(X, plan.network.sizes.front(), 0, "X does not fit the plan");
    check_rows(y, plan.network.targets(), static_cast<long>(X.shape(0)), "y does not fit the plan");
    check_weights(weight, X.shape(0), 0);
    return plan.network;
  }

  double evaluate(const double* flat, double* to) {
    const auto& view = network_.view();
    const Buffer<double> parameters = network_.pack(flat);
    double objective =
        factor_ * active_kernels<double>().batch(
                      view, scratch_.workspace(), parameters.data(),
                      Rows<double>{data_.X, data_.y, data_.weight, nullptr, 0, data_.rows, data_.rows}, factor_);
    for (int l = 0; l < view.layers; ++l) {
      const long weights = view.weights[l];
      const double *w = parameters.data() + view.offsets[l], *g = scratch_.workspace().gradient + view.offsets[l];
      double absolute = 0, squares = 0;
      for (long i = 0; i < weights; ++i) {
        absolute += std::abs(w[i]), squares += w[i] * w[i];
        to[i] = g[i] + scale_ * (l1_ * static_cast<double>((w[i] > 0) - (w[i] < 0)) + 2 * l2_ * w[i]);
      }
      std::copy(g + weights, g + weights + view.neurons[l], to + weights);
      objective += scale_ * (l1_ * absolute + l2_ * squares);
      to += weights + view.neurons[l];
    }
    return objective;
  }

  PreparedNetwork<double> network_;
  double l1_, l2_, factor_ = 0, scale_ = 0;
  Data<double> data_;
  Scratch<double> scratch_;
  std::vector<nb::object> kept_;  // the arrays that are read
  std::size_t count_ = 0;
  std::mutex asked_;
};

static const char* const end_names[] = {"running",     "flat",     "no decrease", "iterations",
                                        "evaluations", "abnormal", "diverged"};

// A search and the objective that it minimizes.
struct ObjectiveSearch {
  Objective& objective;
  Search search;
};

void bind_objective(nb::module_& m) {
  nb::class_<Objective>(m, "Objective")
      .def(nb::init<const PlanSource&, double, double, Array<const double>, Array<const double>,
                    std::optional<Array<const double>>>(),
           nb::arg("plan"), nb::arg("l1"), nb::arg("l2"), nb::arg("X"), nb::arg("y"), nb::arg("weight").none())
      .def("at", &Objective::at, nb::arg("flat"));
  nb::class_<ObjectiveSearch>(m, "Search")
      .def(
          "__init__",
          [](ObjectiveSearch* self, Objective& objective, Array<const double> start, long iterations, long evaluations,
             double slope, double decrease) {
            require(start.size() == objective.count(),
                    "the start does not have as many entries as the network has parameters");
            require(iterations >= 0 && evaluations >= 0, "iterations and evaluations must be at or above 0");
            new (self) ObjectiveSearch{objective,
                                       Search(start.data(), start.size(), {iterations, evaluations, slope, decrease})};
          },
          nb::keep_alive<1, 2>(), nb::arg("objective"), nb::arg("start"), nb::arg("iterations"), nb::arg("evaluations"),
          nb::arg("slope"), nb::arg("decrease"))
      .def(
          "advance",
          [](ObjectiveSearch& self, long iterations) {
            require(iterations >= 0, "iterations must be at or above 0");
            return self.objective.advance(self.search, iterations);
          },
          nb::arg("iterations"))
      .def_prop_ro(
          "point",
          [](ObjectiveSearch& self) {
            return to_array(self.objective.read(self.search, [](const Search& s) { return s.point(); }));
          },
          nb::rv_policy::move)
      .def_prop_ro(
          "gradient",
          [](ObjectiveSearch& self) {
            return to_array(self.objective.read(self.search, [](const Search& s) { return s.gradient(); }));
          },
          nb::rv_policy::move)
      .def_prop_ro("value",
                   [](ObjectiveSearch& self) {
                     return self.objective.read(self.search, [](const Search& s) { return s.value(); });
                   })
      .def_prop_ro("iterations",
                   [](ObjectiveSearch& self) {
                     return self.objective.read(self.search, [](const Search& s) { return s.iterations(); });
                   })
      .def_prop_ro("end", [](ObjectiveSearch& self) {
        return end_names[static_cast<int>(self.objective.read(self.search, [](const Search& s) { return s.end(); }))];
      });
}

}  // namespace glassnet

// Predictors: a trained network, ready to predict any number of rows.
#include <algorithm>
#include <cstring>

#include "../kernels/opcodes.h"
#include "../training/interruption.h"
#include "../training/pool.h"
#include "checks.h"

namespace glassnet {

template <class T> class Predictor {
 public:
  // `parts`: for each layer its weights, biases and, where it has some, mixes. A layer in blocks gives the weights
  // within them; in a large matrix of weights blocks are looked for.
  Predictor(const NetworkSource& source, const std::vector<Array<const T>>& parts, bool softmax)
      : parts_(look_at(source, parts)),
        network_(with_blocks(source)),
        flat_(kept(parts)),
        parameters_(network_.pack(flat_.data())),
        small_(network_.view(), padding, false),
        softmax_(softmax),
        row_(static_cast<std::size_t>(padded(network_.outputs()))),
        powers_(row_.size()) {}

  // Whether these are the numbers that were packed, bit for bit: arrays can be changed in place.
  bool holds(const std::vector<Array<const T>>& parts) const {
    if (parts.size() != parts_.size()) return false;
    const T* mine = flat_.data();
    for (std::size_t k = 0; k < parts.size(); mine += parts_[k++].kept) {
      const Part& known = parts_[k];
      if (parts[k].size() != known.given) return false;
      const T* theirs = parts[k].data();
      if (known.blocks.empty() ? std::memcmp(mine, theirs, known.given * sizeof(T)) != 0
                               : !is_kept(known.blocks, mine, theirs, known.n_in, known.n_out))
        return false;
    }
    return true;
  }

  // One row (a vector) or several (a matrix), on one thread and behind the softmax where there is one; a lone output
  // has no axis of its own.
  nb::object answer(Array<const T> X) {
    const auto inputs = static_cast<std::size_t>(network_.inputs()),
               outputs = static_cast<std::size_t>(network_.outputs());
    if (X.ndim() == 2) {
      const NumpyArray<T> out = predict(X, 1);
      if (softmax_)
        for (std::size_t r = 0; r < X.shape(0); ++r) to_shares(out.data() + r * outputs);
      const nb::object whole = nb::cast(out);
      return outputs > 1 ? whole : nb::cast(NumpyArray<T>(out.data(), {X.shape(0)}, whole));
    }
    if (X.ndim() != 1 || X.shape(0) != inputs)
      throw nb::value_error("the row does not have as many entries as the network has inputs");
    if (outputs == 1) {
      T out;
      predict_rows(X.data(), small_, 0, 1, 1, &out);
      return nb::float_(static_cast<double>(out));
    }
    auto out = new_array<T>({outputs});
    predict_rows(X.data(), small_, 0, 1, 1, out.data());
    if (softmax_) to_shares(out.data());
    return nb::cast(out);
  }

  NumpyArray<T> predict(Array<const T> X, int threads) {
    if (X.ndim() != 2 || static_cast<long>(X.shape(1)) != network_.inputs())
      throw nb::value_error("the rows do not have as many columns as the network has inputs");
    threads = sensible_threads(threads);
    const auto rows = static_cast<long>(X.shape(0));
    auto out = new_array<T>({X.shape(0), static_cast<std::size_t>(network_.outputs())});
    T* to = out.data();
    if (rows <= padding) {  // at once, with the scratch that is there; the interpreter lock keeps others out of it
      predict_rows(X.data(), small_, 0, rows, rows, to);
      warn_of_overflow(X, out);
      return out;
    }
    {
      nb::gil_scoped_release release;
      const long blocks = (rows + block_rows - 1) / block_rows;
      const int workers = static_cast<int>(std::max(1L, std::min<long>(threads, blocks)));
      Interruption interruption;
      interruption.begin(check_signals);
      in_parallel(workers, [&](int w) {
        const long first = blocks * w / workers * block_rows,
                   end = std::min(rows, blocks * (w + 1) / workers * block_rows);
        if (first >= end) return;
        Scratch<T> scratch(network_.view(), end - first, false);
        predict_rows(X.data(), scratch, first, end - first, rows, to + first * network_.outputs(), &interruption, w);
      });
    }
    warn_of_overflow(X, out);
    return out;
  }

  // The arrays as they were given.
  nb::list parts() const {
    nb::list result;
    const T* from = flat_.data();
    for (const Part& part : parts_) {
      auto array = new_array<T>({part.given});
      if (part.blocks.empty())
        std::copy_n(from, part.given, array.data());
      else
        spread(part.blocks, from, part.n_in, part.n_out, array.data());
      result.append(array);
      from += part.kept;
    }
    return result;
  }

 private:
  // An array as it was given: how many numbers, and how many of them are kept, where blocks were found.
  struct Part {
    std::size_t given = 0, kept = 0;
    BlockList blocks;
    long n_in = 0, n_out = 0;
  };
  static constexpr std::size_t fewest_looked_at = 4096;  // entries of a matrix in which it pays to look for blocks

  static std::vector<Part> look_at(const NetworkSource& source, const std::vector<Array<const T>>& parts) {
    check_size(source);
    std::vector<Part> result;
    for (std::size_t l = 0, k = 0; l + 1 < source.sizes.size(); ++l)
      for (int group = 0; group < (!source.mixed.empty() && source.mixed[l] ? 3 : 2); ++group, ++k) {
        require(k < parts.size(), "the network has more layers than there are arrays");
        require(static_cast<long>(parts[k].size()) == (group == 0 ? source.weights_of(l) : source.neurons_of(l)),
                "weights, biases or mixes do not fit their layer");
        Part part{parts[k].size(), parts[k].size(), {}, source.sizes[l], source.sizes[l + 1]};
        if (group == 0 && part.given >= fewest_looked_at && source.blocks_of(l).empty() && !source.windowed(l))
          part.blocks = find_blocks(parts[k].data(), part.n_in, part.n_out);
        if (!part.blocks.empty()) part.kept = static_cast<std::size_t>(kept_weights(part.blocks));
        result.push_back(std::move(part));
      }
    require(result.size() == parts.size(), "there are more arrays than the network has layers");
    return result;
  }
  NetworkSource with_blocks(NetworkSource source) const {
    if (std::all_of(parts_.begin(), parts_.end(), [](const Part& part) { return part.blocks.empty(); })) return source;
    source.blocks.resize(source.sizes.size() - 1);
    for (std::size_t l = 0, k = 0; l + 1 < source.sizes.size(); ++l) {
      if (!parts_[k].blocks.empty()) source.blocks[l] = parts_[k].blocks;
      k += !source.mixed.empty() && source.mixed[l] ? 3 : 2;
    }
    return source;
  }
  std::vector<T> kept(const std::vector<Array<const T>>& parts) const {
    std::size_t count = 0;
    for (const Part& part : parts_) count += part.kept;
    std::vector<T> flat(count);
    T* to = flat.data();
    for (std::size_t k = 0; k < parts_.size(); to += parts_[k++].kept) {
      if (parts_[k].blocks.empty())
        std::copy_n(parts[k].data(), parts_[k].given, to);
      else
        gather(parts_[k].blocks, parts[k].data(), parts_[k].n_out, to);
    }
    return flat;
  }

  // Weights may be finite and so large that sums of their products are not: nobody else would say why.
  static void warn_of_overflow(const Array<const T>& X, const NumpyArray<T>& out) {
    const auto finite = [](const T* values, std::size_t count) {
      T sum(0);
      for (std::size_t i = 0; i < count; ++i) sum += values[i] - values[i];
      return sum == T(0);
    };
    if (finite(out.data(), out.size()) || !finite(X.data(), X.size())) return;
    const char* text = sizeof(T) == 4
                           ? "Predictions are not finite, though all inputs are: the weights are so large that sums "
                             "overflow in float32. "
                             "Train again with scaled inputs or a lower learning rate, or predict in float64."
                           : "Predictions are not finite, though all inputs are: the weights are so large that sums "
                             "overflow in float64. "
                             "Train again with scaled inputs or a lower learning rate.";
    if (PyErr_WarnEx(PyExc_RuntimeWarning, text, 1) != 0) throw nb::python_error();
  }

  // The raw predictions of a row, replaced by their softmax.
  void to_shares(T* row) {
    const long outputs = network_.outputs();
    const T largest = *std::max_element(row, row + outputs);
    for (long o = 0; o < outputs; ++o) row_.data()[o] = row[o] - largest;
    if constexpr (sizeof(T) == 4)
      active_scalars().function_single(op_exp, row_.data(), row_.data(), powers_.data(),
                                       static_cast<long>(row_.size()));
    else
      active_scalars().function(op_exp, row_.data(), row_.data(), powers_.data(), static_cast<long>(row_.size()));
    T total(0);
    for (long o = 0; o < outputs; ++o) total += powers_.data()[o];
    for (long o = 0; o < outputs; ++o) row[o] = powers_.data()[o] / total;
  }

  void predict_rows(const T* X, const Scratch<T>& scratch, long first, long count, long total, T* out,
                    Interruption* interruption = nullptr, int worker = 0) const {
    Workspace<T> workspace = scratch.workspace();
    if (interruption != nullptr) interruption->watch(workspace, worker);
    active_kernels<T>().predict(network_.view(), workspace, parameters_.data(),
                                Rows<T>{X, nullptr, nullptr, nullptr, first, count, total}, out);
  }

  std::vector<Part> parts_;
  PreparedNetwork<T> network_;
  std::vector<T> flat_;
  Buffer<T> parameters_;
  Scratch<T> small_;
  bool softmax_;
  Buffer<T> row_, powers_;
};

template <class T> static void bind_predictor(nb::module_& m, const char* name) {
  nb::class_<Predictor<T>>(m, name)
      .def(nb::init<const NetworkSource&, const std::vector<Array<const T>>&, bool>(), nb::arg("network"),
           nb::arg("parts"), nb::arg("softmax") = false)
      .def("answer", &Predictor<T>::answer, nb::arg("X").noconvert())
      .def("holds", &Predictor<T>::holds, nb::arg("parts"))
      .def("parts", &Predictor<T>::parts)
      .def("predict", &Predictor<T>::predict, nb::arg("X").noconvert(), nb::arg("threads") = 1);
}

void bind_prediction(nb::module_& m) {
  bind_predictor<float>(m, "PredictorSingle");
  bind_predictor<double>(m, "PredictorDouble");
}

}  // namespace glassnet

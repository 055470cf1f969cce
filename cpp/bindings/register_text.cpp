#include <pybind11/eigen.h>
#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <mutex>
#include <string>
#include <vector>

#include "pilotage/text/encoder.hpp"
#include "register.hpp"

namespace py = pybind11;
using namespace py::literals;
using namespace pilotage;

namespace {

/// The code points of a str, where they are; the str must outlive them.
text::Text text_of(py::handle str) {
  if (PyUnicode_READY(str.ptr()) != 0) {
    throw py::error_already_set();
  }
  const auto size = static_cast<std::size_t>(PyUnicode_GET_LENGTH(str.ptr()));
  const void* data = PyUnicode_DATA(str.ptr());
  switch (PyUnicode_KIND(str.ptr())) {
    case PyUnicode_1BYTE_KIND:
      return std::span(static_cast<const std::uint8_t*>(data), size);
    case PyUnicode_2BYTE_KIND:
      return std::span(static_cast<const char16_t*>(data), size);
    default:
      return std::span(static_cast<const char32_t*>(data), size);
  }
}

/// An encoder with a workspace for the calls of one text, one at a time: they take microseconds and keep the
/// GIL.
class TextEncoder {
 public:
  TextEncoder(const text::TokenizerSettings& settings, text::TokenTable::Table table)
      : encoder_(settings, std::move(table)), workspace_(encoder_) {}

  std::vector<text::TokenId> tokens(const py::str& prompt) {
    const std::lock_guard lock(mutex_);
    const auto tokens = encoder_.tokenizer()(text_of(prompt), workspace_.tokenizer);
    return {tokens.begin(), tokens.end()};
  }

  py::array_t<double> context(const py::str& prompt, double intercept) {
    py::array_t<double> x(encoder_.dim() + 1);
    const std::lock_guard lock(mutex_);
    encoder_.context(text_of(prompt), intercept, workspace_,
                     Eigen::Map<Vector>(x.mutable_data(), encoder_.dim() + 1));
    return x;
  }

  py::array_t<float> encode(const std::vector<py::str>& prompts) {
    std::vector<text::Text> texts;
    texts.reserve(prompts.size());
    for (const py::str& prompt : prompts) {
      texts.push_back(text_of(prompt));
    }
    py::array_t<float> embeddings({static_cast<py::ssize_t>(prompts.size()), encoder_.dim()});
    float* row = embeddings.mutable_data();
    // No Python object is touched from here on: the strings are kept alive by `prompts`, and never change.
    const py::gil_scoped_release released;
    text::Encoder::Workspace workspace(encoder_);
    for (const text::Text& text : texts) {
      encoder_.embed(text, workspace, Eigen::Map<text::Embedding>(row, encoder_.dim()));
      row += encoder_.dim();
    }
    return embeddings;
  }

  [[nodiscard]] Index dim() const { return encoder_.dim(); }

 private:
  text::Encoder encoder_;
  text::Encoder::Workspace workspace_;
  std::mutex mutex_;
};

template <class Entry>
using TableRef = Eigen::Ref<const text::Rows<Entry>>;

template <class Entry>
auto make_encoder() {
  return py::init([](const TableRef<Entry>& table, std::vector<std::string> vocabulary, std::string unknown,
                     std::vector<std::string> special, std::size_t max_word, std::size_t max_characters,
                     std::size_t max_tokens) {
    const text::TokenizerSettings settings{
        std::move(vocabulary), std::move(unknown), std::move(special), max_word, max_characters, max_tokens};
    return std::make_unique<TextEncoder>(settings, text::Rows<Entry>(table));
  });
}

}  // namespace

void register_text(py::module_& module) {
  py::class_<TextEncoder> encoder(module, "TextEncoder", R"(Uncased BERT tokenizer and sum of token vectors.

Parameters
----------
table : (V, d_e) int8, float32 or float64, C-contiguous: a row per token. The rows of a projected table make a
    projected embedding
vocabulary : V distinct tokens; those that continue a word begin with "##"
unknown : of the vocabulary, for words that cannot be cut into pieces
special : of the vocabulary, ASCII: taken literally wherever they stand
max_word : characters of a longer word, which is unknown
max_characters, max_tokens : of a text; what follows is not read

Raises
------
ValueError : naming the argument
)");
  const auto with_table = [&](auto init) {
    encoder.def(std::move(init), "table"_a.noconvert(), py::kw_only(), "vocabulary"_a, "unknown"_a,
                "special"_a, "max_word"_a, "max_characters"_a, "max_tokens"_a);
  };
  with_table(make_encoder<std::int8_t>());
  with_table(make_encoder<float>());
  with_table(make_encoder<double>());
  encoder.def("tokens", &TextEncoder::tokens, "text"_a, "The identifiers of the text's tokens.")
      .def("context", &TextEncoder::context, "text"_a, "intercept"_a,
           "x (d_e + 1,) = [sqrt(1 - w^2) phi / |phi|, w] of the embedding phi and the intercept w.")
      .def("encode", &TextEncoder::encode, "texts"_a, "phi (n, d_e), float32: rows of length one or zero.")
      .def_property_readonly("dim", &TextEncoder::dim, "d_e");
}

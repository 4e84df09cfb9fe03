#include "store/metrics/metric_store.h"

#include <random>

#include "store/metrics/fixture.h"

namespace monitorai::store {
namespace {

using signals::Columns;
using signals::Labels;
using signals::LabelView;
using signals::MatchOp;
using signals::Sample;
using signals::SeriesWrite;
using signals::WriteOutcome;

std::vector<Sample> ramp(size_t n, int64_t from = kT0, int64_t step = 1000) {
  std::vector<Sample> out;
  for (size_t i = 0; i < n; ++i) out.push_back({{from + static_cast<int64_t>(i) * step}, static_cast<double>(i)});
  return out;
}

Settings tiny_chunks() {
  Settings settings;
  settings.chunk = {.samples = 5, .tail = 2};
  settings.future_max = std::chrono::hours(24);
  return settings;
}

TEST(MetricStore, gives_back_what_was_written) {
  const auto f = [](size_t samples, ChunkSettings chunk) {
    Settings settings = tiny_chunks();
    settings.chunk = chunk;
    Fixture fixture(settings);
    EXPECT_EQ(fixture.write(series_named("up"), ramp(samples)).accepted, samples);
    const auto set = fixture.select({});
    ASSERT_EQ(set->size(), 1u);
    EXPECT_EQ(set->labels(0), series_named("up"));
    EXPECT_EQ(set->label(0, "job"), "llm");
    EXPECT_EQ(set->label(0, "absent"), "");
    Columns columns;
    ASSERT_TRUE(set->read(0, {{kT0}, {kT0 + 10'000'000}}, columns));
    ASSERT_EQ(columns.times_ms.size(), samples);
    for (size_t i = 0; i < samples; ++i) EXPECT_EQ(columns.values[i], static_cast<double>(i));
  };
  f(1, {});
  f(4, {});
  f(5, {});
  f(500, {});
  f(500, {.samples = 5, .tail = 2});
  f(500, {.samples = 1, .tail = 1});
  f(500, {.samples = 3, .tail = 3});
  f(2500, {.samples = 1024, .tail = 1000});
}

TEST(MetricStore, reads_a_range_with_both_ends) {
  Fixture fixture(tiny_chunks());
  fixture.write(series_named("up"), ramp(100));
  const auto set = fixture.select({});
  for (int64_t from = -2; from < 102; from += 3) {
    for (int64_t to = from; to < 103; to += 7) {
      Columns columns;
      ASSERT_TRUE(set->read(0, {{kT0 + from * 1000}, {kT0 + to * 1000}}, columns));
      const int64_t want = std::max<int64_t>(0, std::min<int64_t>(to, 99) - std::max<int64_t>(from, 0) + 1);
      EXPECT_EQ(static_cast<int64_t>(columns.times_ms.size()), want) << from << ".." << to;
      const auto newest = *set->newest(0, {{kT0 + from * 1000}, {kT0 + to * 1000}});
      EXPECT_EQ(newest.has_value(), want > 0) << from << ".." << to;
      if (newest) { EXPECT_EQ(newest->time.ms, columns.times_ms.back()); }
    }
  }
}

/// Series whose labels come as bytes; it counts how often they are read.
class Unread final : public signals::UnreadSeries {
 public:
  void add(std::vector<LabelView> labels, Sample sample, std::string encoded) {
    labels_.push_back(std::move(labels));
    encoded_.push_back(std::move(encoded));
    samples_.push_back(std::make_unique<Sample>(sample));
    series_.push_back({{}, {samples_.back().get(), 1}});
  }
  /// The one shortest encoding; texts are short here.
  static std::string encoded(const std::vector<LabelView>& labels) {
    std::string out;
    const auto field = [](char tag, std::string_view text) { return std::string{tag, static_cast<char>(text.size())}.append(text); };
    for (const LabelView& label : labels) out += field('\x0a', field('\x0a', label.name) + field('\x12', label.value));
    return out;
  }
  std::span<const SeriesWrite> series() const override { return series_; }
  std::string_view encoded(size_t series) const override { return encoded_[series]; }
  std::span<const LabelView> labels(size_t series) override {
    ++read;
    return labels_[series];
  }
  size_t read = 0;

 private:
  std::vector<std::vector<LabelView>> labels_;
  std::vector<std::string> encoded_;
  std::vector<std::unique_ptr<Sample>> samples_;
  std::vector<SeriesWrite> series_;
};

TEST(MetricStore, knows_a_series_by_the_bytes_of_its_labels) {
  Fixture fixture(tiny_chunks());
  const Labels up = series_named("up");
  const std::vector<LabelView> labels{{"__name__", "up"}, {"instance", "host-0:9090"}, {"job", "llm"}};
  const auto f = [&](int64_t second, std::string encoded, bool reads) {
    Unread unread;
    unread.add(labels, {{kT0 + second * 1000}, static_cast<double>(second)}, std::move(encoded));
    const auto outcome = fixture.store->write_unread(unread);
    ASSERT_TRUE(outcome);
    EXPECT_EQ(outcome->accepted, 1u);
    EXPECT_EQ(unread.read > 0, reads) << second;
  };
  f(1, Unread::encoded(labels), true);
  f(2, Unread::encoded(labels), false);
  f(3, "\x0a\x03 in an order of its own", true);
  f(4, "", true);
  fixture.write(up, {{{kT0 + 5000}, 5}});
  f(6, Unread::encoded(labels), false);
  fixture.reopen();
  f(7, Unread::encoded(labels), false);
  EXPECT_EQ(
      fixture.everything(),
      (Fixture::Model{
          {up.text(),
           {{kT0 + 1000, 1}, {kT0 + 2000, 2}, {kT0 + 3000, 3}, {kT0 + 4000, 4}, {kT0 + 5000, 5}, {kT0 + 6000, 6}, {kT0 + 7000, 7}}}}));
}

TEST(MetricStore, names_and_refuses_what_unread_series_have_wrong) {
  Fixture fixture;
  const std::vector<LabelView> labels{{"__name__", "up"}};
  Unread unread;
  unread.add(labels, {{kT0}, 1}, Unread::encoded(labels));
  unread.add(labels, {{kT0}, 2}, Unread::encoded(labels));
  unread.add({}, {{kT0}, 3}, "no labels");
  unread.add({{"job", "a"}}, {{kT0}, 4}, Unread::encoded({{"job", "a"}}));
  const auto outcome = fixture.store->write_unread(unread);
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->accepted, 1u);
  EXPECT_EQ(outcome->conflicts, 1u);
  EXPECT_EQ(outcome->invalid, 1u) << "what has no labels at all is counted by who read them";
  EXPECT_EQ(outcome->first_problem, R"({job="a"}: there is no metric name)");
  EXPECT_EQ(fixture.names({}), std::vector<std::string>{"up"});
}

TEST(MetricStore, selects_by_every_kind_of_matcher) {
  Fixture fixture;
  for (int i = 0; i < 500; ++i) fixture.write(series_named("requests", i), ramp(1));
  fixture.write({{"__name__", "plain"}}, ramp(1));
  fixture.write({{"__name__", "plain"}, {"extra", "x"}}, ramp(1));
  const auto f = [&](std::vector<signals::Matcher> matchers, size_t want) {
    EXPECT_EQ(fixture.select(matchers)->size(), want) << matchers[0].text();
  };
  const auto m = Fixture::matcher;
  f({m("__name__", MatchOp::equal, "requests")}, 500);
  f({m("__name__", MatchOp::equal, "absent")}, 0);
  f({m("__name__", MatchOp::not_equal, "requests")}, 2);
  f({m("job", MatchOp::equal, "")}, 2);
  f({m("job", MatchOp::not_equal, "")}, 500);
  f({m("job", MatchOp::not_equal, "llm")}, 2);
  f({m("nothing", MatchOp::equal, "")}, 502);
  f({m("nothing", MatchOp::not_equal, "")}, 0);
  f({m("nothing", MatchOp::not_equal, "x")}, 502);
  f({m("nothing", MatchOp::regex, ".*")}, 502);
  f({m("nothing", MatchOp::regex, ".+")}, 0);
  f({m("job", MatchOp::regex, ".+")}, 500);
  f({m("job", MatchOp::regex, ".*")}, 502);
  f({m("job", MatchOp::not_regex, ".+")}, 2);
  f({m("job", MatchOp::not_regex, ".*")}, 0);
  f({m("job", MatchOp::regex, "llm|")}, 502);
  f({m("job", MatchOp::not_regex, "llm|")}, 0);
  f({m("instance", MatchOp::regex, "host-1:9090|host-2:9090|nobody")}, 2);
  f({m("instance", MatchOp::not_regex, "host-1:9090|host-2:9090")}, 500);
  f({m("instance", MatchOp::regex, "host-1.*")}, 111);
  f({m("instance", MatchOp::not_regex, "host-1.*")}, 391);
  f({m("__name__", MatchOp::regex, "requests|plain"), m("instance", MatchOp::equal, "host-7:9090")}, 1);
  f({m("instance", MatchOp::regex, "host-[0-9]:9090"), m("instance", MatchOp::regex, "host-[5-9]+:.*")}, 5);
  f({m("instance", MatchOp::equal, "host-7:9090"), m("instance", MatchOp::regex, "host-8.*")}, 0);
  f({m("instance", MatchOp::equal, "host-7:9090"), m("job", MatchOp::not_regex, "x.*")}, 1);
}

TEST(MetricStore, lists_names_and_values) {
  Fixture fixture;
  for (int i = 2; i >= 0; --i) fixture.write(series_named("requests", i), ramp(1));
  fixture.write({{"__name__", "plain"}, {"extra", "x"}}, ramp(1));
  using Texts = std::vector<std::string>;
  const TimeRange all{{0}, {INT64_MAX}};
  const auto plain = Fixture::matcher("__name__", MatchOp::equal, "plain");
  EXPECT_EQ(*fixture.store->label_names({}, all, 0), (Texts{"__name__", "extra", "instance", "job"}));
  EXPECT_EQ(*fixture.store->label_names({}, all, 2), (Texts{"__name__", "extra"}));
  EXPECT_EQ(*fixture.store->label_names({&plain, 1}, all, 0), (Texts{"__name__", "extra"}));
  EXPECT_EQ(*fixture.store->label_values("instance", {}, all, 0), (Texts{"host-0:9090", "host-1:9090", "host-2:9090"}));
  EXPECT_EQ(*fixture.store->label_values("instance", {}, all, 1), (Texts{"host-0:9090"}));
  EXPECT_EQ(*fixture.store->label_values("instance", {&plain, 1}, all, 0), Texts{});
  EXPECT_EQ(*fixture.store->label_values("absent", {}, all, 0), Texts{});
}

TEST(MetricStore, leaves_out_series_that_ended_before_the_range) {
  Fixture fixture;
  fixture.write(series_named("old"), ramp(1, kT0 - 60'000));
  fixture.write(series_named("new"), ramp(1));
  EXPECT_EQ(fixture.select({}, {{kT0 - 1000}, {kT0}})->size(), 1u);
  EXPECT_EQ(fixture.select({}, {{kT0 - 60'000}, {kT0}})->size(), 2u);
}

TEST(MetricStore, counts_what_it_refuses_and_keeps_the_rest) {
  Settings settings;
  settings.retention = std::chrono::hours(2);
  Fixture fixture(settings);
  const Labels labels = series_named("up");
  fixture.write(labels, {{{kT0 - 1000}, 1}, {{kT0}, 2}});
  const auto f = [&](std::vector<Sample> samples, size_t WriteOutcome::* counter, std::string_view words) {
    const WriteOutcome outcome = fixture.write(labels, samples);
    EXPECT_EQ(outcome.*counter, samples.size()) << words;
    EXPECT_EQ(outcome.accepted, 0u);
    EXPECT_NE(outcome.first_problem.find(words), std::string::npos) << outcome.first_problem;
  };
  f({{{kT0}, 2}}, &WriteOutcome::duplicates, "");
  f({{{kT0 - 1000}, 1}}, &WriteOutcome::duplicates, "");
  f({{{kT0}, 3}}, &WriteOutcome::conflicts, "another value");
  f({{{kT0 - 1000}, 3}}, &WriteOutcome::conflicts, "another value");
  f({{{kT0 - 3'600'001}, 1}}, &WriteOutcome::out_of_order, "out-of-order window");
  f({{{kT0 - 7'200'001}, 1}}, &WriteOutcome::too_old, "retention");
  f({{{kT0 + 600'001}, 1}}, &WriteOutcome::too_new, "future");
  const WriteOutcome mixed = fixture.write(labels, {{{kT0}, 9}, {{kT0 + 1000}, 4}, {{kT0 + 600'001}, 1}});
  EXPECT_EQ(mixed.accepted, 1u);
  EXPECT_EQ(mixed.conflicts, 1u);
  EXPECT_EQ(mixed.too_new, 1u);
  EXPECT_EQ(fixture.everything()[labels.text()], (Fixture::Samples{{kT0 - 1000, 1}, {kT0, 2}, {kT0 + 1000, 4}}));
}

TEST(MetricStore, takes_old_samples_in_order_as_an_import_brings_them) {
  Fixture fixture;
  fixture.write(series_named("now"), ramp(1));
  EXPECT_EQ(fixture.write(series_named("import"), ramp(100, kT0 - 100 * 3'600'000, 60'000)).accepted, 100u);
}

TEST(MetricStore, puts_late_samples_in_their_place) {
  Fixture fixture(tiny_chunks());
  const Labels labels = series_named("up");
  fixture.write(labels, ramp(50, kT0, 2000));
  EXPECT_EQ(fixture.write(labels, {{{kT0 + 1000}, 0.5}}).accepted, 1u);
  EXPECT_EQ(fixture.write(labels, {{{kT0 + 5000}, 2.5}, {{kT0 + 97'000}, 48.5}, {{kT0 + 100'000}, 50}}).accepted, 3u);
  EXPECT_EQ(fixture.write(labels, {{{kT0 + 5000}, 2.5}}).duplicates, 1u);
  EXPECT_EQ(fixture.write(labels, {{{kT0 + 5000}, 2.6}}).conflicts, 1u);
  const Fixture::Samples got = fixture.everything()[labels.text()];
  EXPECT_EQ(got.size(), 54u);
  EXPECT_EQ(got.at(kT0 + 1000), 0.5);
  EXPECT_EQ(got.at(kT0 + 97'000), 48.5);
  const auto set = fixture.select({});
  EXPECT_EQ((*set->newest(0, {{kT0}, {kT0 + 97'500}}))->value, 48.5);
  EXPECT_EQ((*set->newest(0, {{kT0}, {kT0 + 500'000}}))->value, 50);
}

TEST(MetricStore, refuses_labels_that_are_none) {
  Fixture fixture;
  const auto f = [&](std::vector<LabelView> labels, std::string_view words) {
    const Sample sample{{kT0}, 1};
    const SeriesWrite write{labels, {&sample, 1}};
    const auto outcome = fixture.store->write({&write, 1});
    ASSERT_TRUE(outcome);
    EXPECT_EQ(outcome->invalid, 1u);
    EXPECT_NE(outcome->first_problem.find(words), std::string::npos) << outcome->first_problem;
  };
  f({}, "no metric name");
  f({{"a", "b"}}, "no metric name");
  f({{"__name__", "x"}, {"b", "1"}, {"a", "2"}}, "sorted");
  f({{"__name__", "x"}, {"a", "1"}, {"a", "2"}}, "twice");
  f({{"__name__", "x"}, {"a", ""}}, "empty value");
  f({{"", "x"}, {"__name__", "x"}}, "without a name");
  f({{"__name__", "\xff"}}, "UTF-8");
  f({{"__name__", "x"}, {"a\xc0", "1"}}, "UTF-8");
  EXPECT_EQ(fixture.store->series_count(), 0u);
}

TEST(MetricStore, has_limits_with_names) {
  Settings settings;
  settings.limits = {.series_max = 2, .labels_max = 3, .label_name_bytes_max = 10, .label_value_bytes_max = 20};
  Fixture fixture(settings);
  const auto f = [&](const Labels& labels, std::string_view words) {
    const WriteOutcome outcome = fixture.write(labels, ramp(2));
    EXPECT_EQ(outcome.over_limit, 2u);
    EXPECT_NE(outcome.first_problem.find(words), std::string::npos) << outcome.first_problem;
  };
  f({{"__name__", "x"}, {"a", "1"}, {"b", "1"}, {"c", "1"}}, "4 labels are more than 3");
  f({{"__name__", "x"}, {"elevenbytes", "1"}}, "11 bytes is longer than 10");
  f({{"__name__", "x"}, {"a", std::string(21, 'v')}}, "21 bytes, more than 20");
  fixture.write({{"__name__", "a"}}, ramp(1));
  fixture.write({{"__name__", "b"}}, ramp(1));
  f({{"__name__", "c"}}, "series_max");
  EXPECT_EQ(fixture.write({{"__name__", "a"}}, ramp(1, kT0 + 1000)).accepted, 1u);
}

TEST(MetricStore, takes_a_series_that_comes_twice_in_one_write) {
  Fixture fixture;
  const Labels labels = series_named("up");
  std::vector<LabelView> views;
  for (const signals::Label& label : labels) views.push_back({label.name, label.value});
  const Sample a{{kT0}, 1};
  const Sample b{{kT0 + 1000}, 2};
  const std::vector<SeriesWrite> writes{{views, {&a, 1}}, {views, {&b, 1}}, {views, {&a, 1}}};
  const auto outcome = fixture.store->write(writes);
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->accepted, 2u);
  EXPECT_EQ(outcome->duplicates, 1u);
  EXPECT_EQ(fixture.everything()[labels.text()], (Fixture::Samples{{kT0, 1}, {kT0 + 1000, 2}}));
}

TEST(MetricStore, keeps_exemplars_and_metadata) {
  Settings settings;
  settings.limits.exemplars_max = 3;
  settings.limits.metadata_max = 2;
  Fixture fixture(settings);
  const std::vector<LabelView> views{{"__name__", "latency_bucket"}};
  const std::vector<LabelView> trace{{"trace_id", "abc"}};
  const auto add = [&](int64_t at) {
    const Sample sample{{kT0 + at}, 1};
    const signals::ExemplarView exemplar{trace, 0.25 + static_cast<double>(at), {kT0 + at}};
    const SeriesWrite write{views, {&sample, 1}, {&exemplar, 1}};
    const signals::MetadataWrite family{at == 0 ? "a" : at == 1 ? "b" : "c", signals::MetricType::histogram, "How long.", "seconds"};
    ASSERT_TRUE(fixture.store->write({&write, 1}, {&family, 1}));
  };
  for (int64_t at = 0; at < 5; ++at) add(at);
  add(4);
  const auto found = *fixture.store->exemplars({}, {{kT0}, {kT0 + 3}});
  ASSERT_EQ(found.size(), 1u);
  ASSERT_EQ(found[0].exemplars.size(), 2u) << "the ring holds 2, 3 and 4; 4 is outside the range";
  EXPECT_EQ(found[0].exemplars[0].value, 2.25);
  EXPECT_EQ(found[0].exemplars[0].labels.value("trace_id"), "abc");
  ASSERT_EQ(fixture.store->metadata().size(), 2u);
  EXPECT_EQ(fixture.store->metadata()[1].family, "b");
  EXPECT_EQ(fixture.store->metadata()[1].help, "How long.");
  const std::string help(Families::kTextBytesMax, 'x');
  const signals::MetadataWrite long_text{"a", signals::MetricType::counter, help, ""};
  ASSERT_TRUE(fixture.store->write({}, {&long_text, 1}));
  EXPECT_EQ(fixture.store->metadata()[0].type, signals::MetricType::histogram);
  EXPECT_GE(fixture.store->counters().families_refused, 2u);
}

TEST(MetricStore, exemplars_have_the_limit_of_open_metrics) {
  Fixture fixture;
  const std::string long_value(120, 'x');
  const std::string umlauts = [] {
    std::string out;
    for (int i = 0; i < 120; ++i) out += "\u00e4";
    return out;
  }();
  int64_t time = kT0;
  const auto f = [&](std::string_view name, std::string_view value, size_t kept) {
    const std::vector<LabelView> labels{{"__name__", "m"}};
    const std::vector<LabelView> exemplar_labels{{name, value}};
    const Sample sample{{++time}, 1};
    const signals::ExemplarView exemplar{exemplar_labels, 1, {time}};
    const SeriesWrite write{labels, {&sample, 1}, {&exemplar, 1}};
    EXPECT_EQ(fixture.store->write({&write, 1})->accepted, 1u) << "the sample is kept";
    const auto found = fixture.store->exemplars({}, {{time}, {time}});
    EXPECT_EQ(found->empty() ? 0 : found->front().exemplars.size(), kept) << name;
  };
  f("trace_id", long_value, 1);
  f("trace_id", umlauts, 1);
  f("trace_id_", long_value, 0);
  f("trace_id", "\xff", 0);
  EXPECT_EQ(fixture.store->counters().exemplars_refused, 2u);
}

TEST(MetricStore, agrees_with_a_map_whatever_is_written) {
  const uint64_t seed = std::random_device{}();
  SCOPED_TRACE(fmt::format("seed {}", seed));
  std::mt19937_64 random(seed);
  Fixture fixture(tiny_chunks());
  Fixture::Model model;
  for (int round = 0; round < 3000; ++round) {
    const Labels labels = series_named("m", static_cast<int>(random() % 7));
    Fixture::Samples& known = model[labels.text()];
    std::vector<Sample> samples;
    for (size_t n = random() % 6; n > 0; --n)
      samples.push_back({{kT0 + static_cast<int64_t>(random() % 3000) * 1000}, static_cast<double>(random() % 100)});
    std::stable_sort(samples.begin(), samples.end(), [](const Sample& a, const Sample& b) { return a.time < b.time; });
    size_t fresh = 0;
    for (const Sample& sample : samples) fresh += known.try_emplace(sample.time.ms, sample.value).second;
    EXPECT_EQ(fixture.write(labels, samples).accepted, fresh);
  }
  EXPECT_EQ(fixture.everything(), model);
  const TimeRange middle{{kT0 + 1'000'000}, {kT0 + 2'000'000}};
  EXPECT_EQ(fixture.everything(middle), within(model, middle));
}

TEST(MetricStore, is_read_by_many_while_one_writes) {
  Fixture fixture(tiny_chunks());
  constexpr int kSeries = 20;
  constexpr int kRounds = 400;
  std::atomic<bool> done{false};
  std::atomic<int> wrong{0};
  std::vector<std::jthread> readers;
  for (int i = 0; i < 3; ++i) {
    readers.emplace_back([&] {
      while (!done) {
        const auto set = *fixture.store->select({}, {{0}, {INT64_MAX}});
        for (size_t s = 0; s < set->size(); ++s) {
          Columns columns;
          if (!set->read(s, {{0}, {INT64_MAX}}, columns)) ++wrong;
          for (size_t k = 0; k < columns.times_ms.size(); ++k)
            if (columns.times_ms[k] != kT0 + static_cast<int64_t>(k) * 1000 || columns.values[k] != static_cast<double>(k)) ++wrong;
          const auto newest = *set->newest(s, {{0}, {INT64_MAX}});
          if (!newest || newest->value * 1000 != static_cast<double>(newest->time.ms - kT0)) ++wrong;
          if (set->label(s, "job") != "llm") ++wrong;
        }
        if (!fixture.store->label_values("instance", {}, {{0}, {INT64_MAX}}, 0)) ++wrong;
      }
    });
  }
  for (int round = 0; round < kRounds; ++round)
    for (int s = 0; s < std::min(kSeries, 1 + round); ++s) {
      const size_t n = static_cast<size_t>(round - s);
      fixture.write(series_named("m", s), {{{kT0 + static_cast<int64_t>(n) * 1000}, static_cast<double>(n)}});
    }
  done = true;
  readers.clear();
  EXPECT_EQ(wrong, 0);
}

}  // namespace
}  // namespace monitorai::store

// The file and the API over it: what a browser does to dashboards.
#include "app/serve/dashboard_file.h"
#include "app/serve/dashboard_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/files.h"
#include "serve/ui/dashboard_api.h"

namespace monitorai::app {
namespace {

using testing::HasSubstr;

class Dashboards : public testing::Test {
 protected:
  Dashboards() { open(); }
  void open() {
    auto made = DashboardFile::open(folder_.path() / "pages.db", clock_);
    ASSERT_TRUE(made) << made.error().message;
    router_ = net::Router();
    serve::add_dashboard_api(router_, std::move(*made));
  }
  net::HttpResponse ask(std::string method, std::string path, std::string body = "", net::Parameters query = {}) {
    net::HttpRequest request{.method = std::move(method), .path = std::move(path), .query = std::move(query), .headers = {}, .body = std::move(body), .path_parameters = {}};
    return router_.route(request);
  }
  net::HttpResponse save(const std::string& uid, const std::string& title, int based_on) {
    return ask("PUT", "/api/v1/dashboards/" + uid, R"({"title":")" + title + R"(","panels":[],"kept":{"as":"it is"}})", {{"based_on", std::to_string(based_on)}});
  }
  net::HttpResponse find(const std::string& uid, net::Parameters query = {}) { return ask("GET", "/api/v1/dashboards/" + uid, "", std::move(query)); }
  TemporaryDirectory folder_;
  FakeClock clock_;
  net::Router router_;
};

TEST(DashboardFolder, shows_files_until_somebody_saves_over_them) {
  const TemporaryDirectory folder;
  FakeClock clock;
  DashboardFolder shelf({(folder.path() / "*.json").string()}, std::move(*DashboardFile::open(folder.path() / "kept.db", clock)));
  const auto write = [&](const std::string& name, const std::string& text) { ASSERT_TRUE(write_file_atomically(folder.path() / name, text)); };
  const auto titles = [&] {
    std::vector<std::string> out;
    const auto all = shelf.list();
    for (const auto& one : *all) out.push_back(fmt::format("{} {} {}", one.uid, one.title, one.version));
    return out;
  };
  EXPECT_THAT(titles(), testing::IsEmpty());
  write("team board.json", R"({"title":"Team","panels":[]})");
  write("broken.json", "{\"panels\": [");
  write("notes.txt", "no dashboard");
  EXPECT_THAT(titles(), testing::ElementsAre("team-board Team 0", "broken broken.json 0"));
  EXPECT_EQ(shelf.find("team-board", std::nullopt)->json, R"({"title":"Team","panels":[]})");
  EXPECT_THAT(shelf.find("broken", std::nullopt).error().message, testing::AllOf(HasSubstr("broken.json: "), HasSubstr("cannot read the dashboard")));
  EXPECT_EQ(shelf.find("notes", std::nullopt).error().code, Code::not_found);
  write("team board.json", R"({"title":"Team 2","panels":[]})");
  EXPECT_EQ(shelf.find("team-board", 0)->entry.title, "Team 2") << "as it stands on the disk now";
  EXPECT_EQ(shelf.save("team-board", "Mine", R"({"title":"Mine","panels":[]})", 0)->version, 1);
  EXPECT_THAT(titles(), testing::Contains("team-board Mine 1"));
  EXPECT_EQ(shelf.find("team-board", std::nullopt)->entry.title, "Mine");
  ASSERT_TRUE(shelf.remove("team-board"));
  EXPECT_EQ(shelf.find("team-board", std::nullopt)->entry.title, "Team 2");
  EXPECT_EQ(shelf.remove("team-board").error().code, Code::not_found) << "files are never touched";
}

TEST(DashboardFolder, refuses_files_that_are_too_large) {
  const TemporaryDirectory folder;
  FakeClock clock;
  ASSERT_TRUE(write_file_atomically(folder.path() / "huge.json", std::string(serve::kDashboardBytesMax + 1, ' ')));
  DashboardFolder shelf({(folder.path() / "huge.json").string(), "/nowhere/*.json"}, std::move(*DashboardFile::open(folder.path() / "kept.db", clock)));
  EXPECT_EQ(shelf.list()->size(), 1u);
  EXPECT_EQ(shelf.find("huge", std::nullopt).error().code, Code::exhausted);
}

TEST_F(Dashboards, come_back_as_they_were_sent_and_after_a_restart) {
  EXPECT_EQ(save("mine", "My \\\"own\\\" board", 0).body, R"({"version":1})");
  for (int i = 0; i < 2; ++i, open()) {
    EXPECT_EQ(ask("GET", "/api/v1/dashboards").body, R"({"dashboards":[{"uid":"mine","title":"My \"own\" board","version":1,"saved":1700000000}]})");
    EXPECT_THAT(find("mine").body, HasSubstr(R"("dashboard":{"title":"My \"own\" board","panels":[],"kept":{"as":"it is"}}})"));
  }
}

TEST_F(Dashboards, the_second_of_two_tabs_is_told_and_changes_nothing) {
  EXPECT_EQ(save("mine", "a", 0).status, 200);
  EXPECT_EQ(save("mine", "first tab", 1).body, R"({"version":2})");
  const auto second = save("mine", "second tab", 1);
  EXPECT_EQ(second.status, 409);
  EXPECT_EQ(second.body, R"({"error":"somebody saved version 2 in between","version":2})");
  EXPECT_THAT(find("mine").body, HasSubstr("first tab"));
  EXPECT_EQ(save("mine", "new again", 0).status, 409);
  EXPECT_EQ(save("other", "not there", 3).status, 409);
}

TEST_F(Dashboards, older_versions_can_be_had_until_twenty_newer_ones_are_there) {
  for (int i = 0; i < 21; ++i) ASSERT_EQ(save("mine", "v" + std::to_string(i + 1), i).status, 200);
  EXPECT_THAT(find("mine", {{"version", "2"}}).body, HasSubstr(R"("title":"v2")"));
  EXPECT_EQ(find("mine", {{"version", "1"}}).status, 404);
  EXPECT_THAT(find("mine").body, HasSubstr(R"("title":"v21")"));
}

TEST_F(Dashboards, can_be_removed) {
  save("mine", "a", 0);
  EXPECT_EQ(ask("DELETE", "/api/v1/dashboards/mine").status, 200);
  EXPECT_EQ(find("mine").status, 404);
  EXPECT_EQ(ask("DELETE", "/api/v1/dashboards/mine").status, 404);
  EXPECT_EQ(save("mine", "again", 0).body, R"({"version":1})");
}

TEST_F(Dashboards, what_is_no_dashboard_is_refused) {
  const auto f = [&](const std::string& body) { return ask("PUT", "/api/v1/dashboards/x", body).status; };
  for (const std::string body : {"", "{", "[]", "3", "{}", R"({"panels":{}})", R"({"title":"a"})", "\xff"}) EXPECT_EQ(f(body), 400) << body;
  EXPECT_EQ(f(R"({"panels":[],"x":")" + std::string(serve::kDashboardBytesMax, 'a') + "\"}"), 413);
  EXPECT_EQ(f(std::string(100'000, '[')), 400);
  EXPECT_EQ(ask("GET", "/api/v1/dashboards").body, R"({"dashboards":[]})");
}

TEST_F(Dashboards, names_and_versions_are_checked) {
  const auto f = [&](const std::string& uid) { return save(uid, "a", 0).status; };
  for (const std::string& uid : {std::string("a.b"), std::string("a b"), std::string(".."), std::string("'; DROP TABLE dashboards"), std::string(41, 'a')}) EXPECT_EQ(f(uid), 400) << uid;
  EXPECT_EQ(f(std::string(40, 'a')), 200);
  for (const std::string number : {"", "x", "-1", "1x", "99999999999999999999"}) EXPECT_EQ(find("a", {{"version", number}}).status, 400) << number;
}

TEST_F(Dashboards, a_damaged_file_is_an_error_at_the_start) {
  ASSERT_TRUE(write_file_atomically(folder_.path() / "bad.db", std::string(5000, 'x')));
  const auto made = DashboardFile::open(folder_.path() / "bad.db", clock_);
  ASSERT_FALSE(made);
  EXPECT_THAT(made.error().message, HasSubstr("cannot open the dashboards"));
}

}  // namespace
}  // namespace monitorai::app

#pragma once
// Why a query has no result.

#include <string>

#include "base/result.h"

namespace monitorai::query {

struct QueryError {
  enum class Kind {
    parse,      ///< the text or the parameters are wrong
    execution,  ///< the data does not allow it (duplicate series, unmatched parameters, ...)
    limit,      ///< a limit was hit: the message names it
    busy,       ///< as many queries run already as may: try again later
    timeout,
    cancelled,
    storage,  ///< the source failed
  };
  Kind kind = Kind::execution;
  std::string message;

  static QueryError execution(std::string message) { return {Kind::execution, std::move(message)}; }
  static QueryError from(const Error& error) {
    const Kind kind = error.code == Code::cancelled ? Kind::cancelled : error.code == Code::exhausted ? Kind::limit : Kind::storage;
    return {kind, error.message};
  }
};

}  // namespace monitorai::query

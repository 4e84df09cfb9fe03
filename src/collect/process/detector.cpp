#include "collect/process/detector.h"

#include "collect/process/judgement.h"

namespace monitorai::collect {

Detector::Detector(std::vector<Signature> user) : index_(std::make_shared<const SignatureIndex>(std::move(user))) {}

signals::Verdict Detector::judge(const Evidence& evidence) const { return Judgement(*index_, evidence, 0, false).run(); }

}  // namespace monitorai::collect

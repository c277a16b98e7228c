// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@Suite("The command fit with a family")
struct GeneralizedFitTests {
  private static let cbpp = [
    "fit", "incidence / size ~ period + (1 | herd)", "cbpp", "--family", "binomial",
  ]

  private static func json(_ arguments: [String]) throws -> [String: Any] {
    let run = try CommandRun(arguments + ["--format", "json"])
    #expect(run.status == 0)
    return try #require(
      try JSONSerialization.jsonObject(with: Data(run.output.utf8)) as? [String: Any])
  }

  @Test("JSON says family, link, criterion and both the objective and the deviance")
  func result() throws {
    let object = try Self.json(Self.cbpp)
    #expect(object["family"] as? String == "binomial")
    #expect(object["link"] as? String == "logit")
    #expect(object["criterion"] as? String == "Laplace")
    #expect(object["nAGQ"] as? Int == 1)
    #expect(object["sigma"] is NSNull)
    #expect(object["dispersion"] is NSNull)
    // lme4 1.1-31.
    #expect(abs(try #require(object["objective"] as? Double) - 184.052563742994) < 1e-6)
    #expect(abs(try #require(object["deviance"] as? Double) - 100.095856205122) < 1e-6)
    #expect(object["converged"] as? Bool == true)
  }

  @Test("A text of two levels, a pair of counts and a proportion are binomial responses")
  func responses() throws {
    let proportion = try #require(try Self.json(Self.cbpp)["objective"] as? Double)
    let pair =
      try Self.json(
        [
          "fit", "cbind(incidence, healthy) ~ period + (1 | herd)", "-", "--family", "binomial",
          "--categorical", "period",
        ],
        input: Self.withHealthy())["objective"] as? Double
    #expect(abs(proportion - (pair ?? .nan)) < 1e-9)
    // R's idiom: the failures are what is left.
    let rest =
      try Self.json(
        [
          "fit", "cbind(incidence, size - incidence) ~ period + (1 | herd)", "cbpp", "--family",
          "binomial",
        ])["objective"] as? Double
    #expect(abs(proportion - (rest ?? .nan)) < 1e-9)
    let text = try Self.json(
      ["fit", "use ~ 1 + age + (1 | dist)", "contra", "--family", "bernoulli"])
    #expect(text["family"] as? String == "bernoulli")
    #expect(text["objective"] as? Double == text["deviance"] as? Double)
  }

  private static func json(_ arguments: [String], input: String) throws -> [String: Any] {
    let run = try CommandRun(arguments + ["--format", "json"], input: input)
    return try #require(
      try JSONSerialization.jsonObject(with: Data(run.output.utf8)) as? [String: Any])
  }

  /// The rows of cbpp with a column of animals that stayed healthy.
  private static func withHealthy() throws -> String {
    let lines = try CommandRun(["datasets", "cbpp", "--csv"]).output.split(separator: "\n")
    let header = lines[0].split(separator: ",")
    let cases = try #require(header.firstIndex(of: "incidence"))
    let size = try #require(header.firstIndex(of: "size"))
    return lines.enumerated().map { row, line in
      let fields = line.split(separator: ",")
      let healthy = row == 0 ? "healthy" : "\((Int(fields[size]) ?? 0) - (Int(fields[cases]) ?? 0))"
      return line + "," + healthy + "\n"
    }.joined()
  }

  @Test("Every family fits, with its parameter in the result")
  func families() throws {
    func fit(_ formula: String, _ data: String, _ options: String...) throws -> [String: Any] {
      try Self.json(["fit", formula, data, "--family"] + options)
    }
    let counts = "ticks ~ 1 + year + (1 | brood)"
    let negativeBinomial = try fit(counts, "grouseticks", "negativebinomial")
    #expect(negativeBinomial["sizeParameter"] is Double)
    let known = try fit(counts, "grouseticks", "negativebinomial", "--size-parameter", "2")
    #expect(known["sizeParameter"] as? Double == 2)
    let gamma = try fit("reaction ~ 1 + days + (1 | subj)", "sleepstudy", "gamma", "--link", "log")
    #expect(gamma["sigma"] is Double)
    let gaussian = try fit(
      "reaction ~ 1 + days + (1 | subj)", "sleepstudy", "gaussian", "--link", "log")
    #expect(gaussian["criterion"] as? String == "Laplace")
    let linear = try fit(
      "reaction ~ 1 + days + (1 | subj)", "sleepstudy", "gaussian", "--link", "identity")
    #expect(linear["criterion"] as? String == "ML")
    let quasi = try fit(counts, "grouseticks", "quasipoisson")
    for key in ["logLik", "aic", "aicc", "bic"] { #expect(quasi[key] is NSNull) }
    #expect(quasi["dispersion"] is Double)
  }

  @Test("Zero points are the fast criterion, and its errors are conditional")
  func fast() throws {
    let fast = try Self.json(Self.cbpp + ["--fast"])
    #expect(fast["criterion"] as? String == "fast")
    #expect(fast["nAGQ"] as? Int == 0)
    let zero = try Self.json(Self.cbpp + ["--nagq", "0"])
    #expect(fast["objective"] as? Double == zero["objective"] as? Double)
    let text = try CommandRun(Self.cbpp + ["--fast"])
    #expect(!text.output.contains("joint"))
  }

  @Test("Quadrature says how many points it has")
  func quadrature() throws {
    let object = try Self.json(Self.cbpp + ["--nagq", "11"])
    #expect(object["criterion"] as? String == "AGQ")
    #expect(object["nAGQ"] as? Int == 11)
    let text = try CommandRun(Self.cbpp + ["--nagq", "11"]).output
    #expect(
      text.hasPrefix(
        "Generalized Linear Mixed Model fit by maximum likelihood (nAGQ = 11)\n"))
  }

  @Test("Standard errors given theta are smaller than the joint ones")
  func covariance() throws {
    func error(_ kind: String) throws -> Double {
      let object = try Self.json(Self.cbpp + ["--covariance", kind])
      let rows = try #require(object["fixedEffects"] as? [[String: Any]])
      return try #require(rows[0]["standardError"] as? Double)
    }
    #expect(try error("conditional") < error("joint"))
  }

  @Test("The fit log names coordinates, theta and the logarithm of the parameter")
  func fitLog() throws {
    let folder = try TemporaryFolder()
    let log = folder.url.appendingPathComponent("log.csv")
    let run = try CommandRun(
      [
        "fit", "ticks ~ 1 + (1 | brood)", "grouseticks", "--family", "negativebinomial",
        "--fit-log", log.path,
      ])
    #expect(run.status == 0)
    let lines = try String(contentsOf: log, encoding: .utf8).split(separator: "\n")
    #expect(lines[0] == "evaluation,objective,beta1,theta1,logSize")
    #expect(lines[1].split(separator: ",").count == 5)
  }

  @Test("Every format shows a generalized model")
  func formats() throws {
    let text = try CommandRun(Self.cbpp + ["--ddf", "residual", "--random-effects"]).output
    #expect(text.contains("\n  Distribution: Binomial{Float64}\n  Link: LogitLink()\n"))
    #expect(text.contains("Pr(>|t|)"))
    #expect(text.contains("Conditional modes by herd"))
    let markdown = try CommandRun(Self.cbpp + ["--format", "markdown"]).output
    #expect(markdown.contains("\n\nDistribution: Binomial{Float64}\n\nLink: LogitLink()\n\n"))
    #expect(!markdown.contains("Residual"))
    let csv = try CommandRun(Self.cbpp + ["--format", "csv"]).output
    #expect(csv.hasPrefix("name,estimate,standardError,statistic,df,pValue\n(Intercept),-1.3985"))
  }
}

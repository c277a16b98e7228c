// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModelErrors
import MixedModelTesting
import RealModule
import Testing

@testable import MixedModelFitting

/// R 4.2.2, `make.link(name)` and `power(0.3)`: `linkinv` and `mu.eta` at `eta`, and `linkfun` at
/// 0.1, 0.37 and 0.8.
private struct LinkReference: Sendable, CustomTestStringConvertible {
  let name: String
  let eta: [Double]
  let means: [Double]
  let slopes: [Double]
  let linearPredictors: [Double]

  var testDescription: String { name }
}

private let wholeAxis = [-2.5, -0.3, 0.4, 3]
private let positiveAxis = [0.3, 0.4, 3]

private let references: [LinkReference] = [
  LinkReference(
    name: "identity", eta: wholeAxis, means: wholeAxis, slopes: [1, 1, 1, 1],
    linearPredictors: [0.1, 0.37, 0.8]),
  LinkReference(
    name: "logit", eta: wholeAxis,
    means: [0.07585818002124356, 0.42555748318834102, 0.598687660112452, 0.95257412682243325],
    slopes: [0.070103716545108177, 0.24445831169074589, 0.24026074574152917, 0.04517665973091213],
    linearPredictors: [-2.1972245773362191, -0.53221681374730823, 1.3862943611198908]),
  LinkReference(
    name: "probit", eta: wholeAxis,
    means: [0.0062096653257761349, 0.38208857781104733, 0.65542174161032418, 0.9986501019683699],
    slopes: [0.01752830049356854, 0.38138781546052414, 0.36827014030332333, 0.0044318484119380075],
    linearPredictors: [-1.2815515655446008, -0.33185334643681652, 0.84162123357291441]),
  LinkReference(
    name: "cloglog", eta: wholeAxis,
    means: [0.07880634482448419, 0.52327630928540592, 0.77503820645008159, 0.99999999810782125],
    slopes: [
      0.075616179917426515, 0.35316559631200717, 0.33560355964344502, 3.8005425040443575e-08,
    ],
    linearPredictors: [-2.2503673273124454, -0.77211363847220726, 0.4758849953271107]),
  LinkReference(
    name: "cauchit", eta: wholeAxis,
    means: [0.12111894159084341, 0.40722642092225764, 0.62111894159084335, 0.89758361765043326],
    slopes: [0.043904811887419404, 0.29202741851723912, 0.27440507429637123, 0.031830988618379068],
    linearPredictors: [-3.077683537175254, -0.43273864224742592, 1.376381920471174]),
  LinkReference(
    name: "log", eta: wholeAxis,
    means: [0.0820849986238988, 0.74081822068171788, 1.4918246976412703, 20.085536923187668],
    slopes: [0.0820849986238988, 0.74081822068171788, 1.4918246976412703, 20.085536923187668],
    linearPredictors: [-2.3025850929940455, -0.9942522733438669, -0.22314355131420971]),
  LinkReference(
    name: "inverse", eta: positiveAxis, means: [3.3333333333333335, 2.5, 0.33333333333333331],
    slopes: [-11.111111111111111, -6.2499999999999991, -0.1111111111111111],
    linearPredictors: [10, 2.7027027027027026, 1.25]),
  LinkReference(
    name: "inversesquare", eta: positiveAxis,
    means: [1.8257418583505538, 1.5811388300841895, 0.57735026918962584],
    slopes: [-3.0429030972509232, -1.9764235376052368, -0.096225044864937631],
    linearPredictors: [99.999999999999986, 7.3046018991964941, 1.5624999999999998]),
  LinkReference(
    name: "sqrt", eta: positiveAxis, means: [0.089999999999999997, 0.16000000000000003, 9],
    slopes: [0.59999999999999998, 0.80000000000000004, 6],
    linearPredictors: [0.31622776601683794, 0.60827625302982191, 0.89442719099991586]),
  LinkReference(
    name: "power:0.3", eta: positiveAxis,
    means: [0.018074689652218572, 0.047155603182596949, 38.940738398300034],
    slopes: [0.20082988502465079, 0.3929633598549746, 43.267487109222259],
    linearPredictors: [0.50118723362727235, 0.74209672883255362, 0.9352484478226214]),
]

private func isClose(_ value: Double, _ reference: Double, _ tolerance: Double) -> Bool {
  abs(value - reference) <= tolerance * abs(reference)
}

@Suite("Families: links")
struct LinkTests {
  @Test("Links agree with R", arguments: references)
  private func agreesWithR(reference: LinkReference) throws {
    let link = try LinkVocabulary.link(named: reference.name)
    #expect(link.name == reference.name)
    for (i, eta) in reference.eta.enumerated() {
      #expect(isClose(link.mean(eta).value, reference.means[i], 1e-14))
      #expect(isClose(link.mean(eta).first, reference.slopes[i], 1e-13))
    }
    for (mean, eta) in zip([0.1, 0.37, 0.8], reference.linearPredictors) {
      #expect(isClose(link.linearPredictor(mean), eta, 1e-14))
    }
  }

  @Test("Every link passes the link checks", arguments: references)
  private func linkChecks(reference: LinkReference) throws {
    let link = try LinkVocabulary.link(named: reference.name)
    // Of a probability near one the complement holds too few digits to be compared.
    let places = reference.eta.filter { link.mean($0).value < 0.999 }
    let isForProbabilities = places.allSatisfy { (0..<1).contains(link.mean($0).value) }
    #expect(
      LinkChecks.breaches(
        of: link, linearPredictors: places, isForProbabilities: isForProbabilities) == [])
  }

  @Test("The logarithms of probabilities pass the link checks for every link of positive means")
  func logProbabilities() throws {
    for name in ["identity", "log", "inverse", "inversesquare", "sqrt", "power:0.3", "power:-2"] {
      let link = try LinkVocabulary.link(named: name)
      let places = [0.13, 0.48, 0.81].map { link.linearPredictor($0) }
      #expect(
        LinkChecks.breaches(of: link, linearPredictors: places, isForProbabilities: true) == [])
    }
  }

  // mpmath 1.3.0 with 60 digits and more: log mu and its derivatives.
  private static let complementaryLogLogs: [(eta: Double, value: SmoothValue)] = [
    (-700, SmoothValue(-700, 1, -4.9298382718798854e-305, -4.9298382718798854e-305)),
    (
      -30,
      SmoothValue(
        -30.000000000000047, 0.99999999999995321, -4.6788114844199414e-14, -4.6788114844197954e-14)
    ),
    (
      -0.7,
      SmoothValue(
        -0.93803881073587972, 0.77217312952641591, -0.20752804054164182, -0.16742734053042436)
    ),
    (
      -0.6,
      SmoothValue(
        -0.86188740875828581, 0.75056859926490458, -0.22470540390095031, -0.17599160400389291)
    ),
    (
      2,
      SmoothValue(
        -0.00061817001705152019, 0.0045691050310371436, -0.029213145085987229, 0.15315000524070254)
    ),
  ]

  @Test("The complementary log-log keeps its digits in the lower tail and where its series ends")
  func complementaryLogLogTail() {
    for (eta, reference) in Self.complementaryLogLogs {
      let value = ComplementaryLogLogLink().logProbabilities(eta).success
      #expect(isClose(value.value, reference.value, 1e-14))
      #expect(isClose(value.first, reference.first, 1e-14))
      #expect(isClose(value.second, reference.second, 1e-13))
      #expect(isClose(value.third, reference.third, 1e-13))
    }
  }

  @Test("Logarithms of probabilities are finite at 700 on either side")
  func finiteTails() throws {
    for name in ["logit", "probit", "cloglog", "cauchit"] {
      let link = try LinkVocabulary.link(named: name)
      for eta in [-700.0, 700] {
        let log = link.logProbabilities(eta)
        for part in [log.success, log.failure] {
          #expect(part.value.isFinite && part.first.isFinite)
          #expect(part.second.isFinite && part.third.isFinite)
        }
      }
    }
  }

  @Test("An unknown link names the nearest one and lists all")
  func unknownLink() {
    let error = #expect(throws: MixedModelError.self) {
      try LinkVocabulary.link(named: "probbit")
    }
    #expect(
      error?.description
        == "There is no link \"probbit\". Did you mean \"probit\"? Links: identity, logit, probit, "
        + "cloglog, cauchit, log, inverse, inversesquare, sqrt, power:P.")
  }

  @Test(
    "A power that no link has is refused",
    arguments: [
      (
        "power:x",
        "The power \"x\" of the link power:x is not a number. Write a number other than zero after "
          + "the colon, such as power:0.5."
      ),
      (
        "power:0",
        "A power link cannot have the exponent 0. The limit at zero is the log link."
      ),
      (
        "power:inf",
        "A power link cannot have the exponent inf. It must be a finite number other than zero."
      ),
    ])
  func unusablePower(name: String, message: String) {
    let error = #expect(throws: MixedModelError.self) { try LinkVocabulary.link(named: name) }
    #expect(error?.description == message)
  }
}

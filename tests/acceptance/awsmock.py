"""A stand-in for AWS on loopback: moto in this process, mended where it falls over, with stubs for what it lacks.

Shared by tf_apply and cfn_deploy. Nothing leaves the machine: the server listens on 127.0.0.1 only and
stops with the process. The patches lean on the insides of the pinned moto: revisit them on an upgrade.
"""
import fnmatch
import json
import logging
import os
import re
import threading
import traceback
import warnings
from pathlib import Path

warnings.filterwarnings("ignore")

# The name that clients call. It resolves nowhere: requests reach us as an HTTP proxy, so that host
# prefixes (ACCOUNT.s3-control...) need no DNS.
HOST = "aws.test"
EPOCH = "2024-01-01T00:00:00Z"


def account():
    """The account that moto answers for; moto itself asks for this variable at every request."""
    return os.environ["MOTO_ACCOUNT_ID"]


class Stub:
    """A service, or a part of one, that moto has not: just enough to create, read and delete."""

    def __init__(self):
        self.things = {}


class AccessAnalyzer(Stub):
    """IAM Access Analyzer: analyzers and their archive rules."""

    name, service, paths = "access-analyzer", "access-analyzer", ("/",)

    def __call__(self, region, method, path, data):
        kind, _, rest = path.strip("/").partition("/")
        if kind == "tags":
            return 200, {"tags": {}}
        name, is_rule, rule = rest.partition("/archive-rule")
        key = (name, rule.strip("/"))
        if method == "PUT" and not name:
            name = data["analyzerName"]
            arn = f"arn:aws:access-analyzer:{region}:{account()}:analyzer/{name}"
            given = {k: data[k] for k in ("type", "tags", "configuration") if data.get(k)}
            self.things[name, ""] = {**given, "arn": arn, "name": name, "createdAt": EPOCH, "status": "ACTIVE"}
            for item in data.get("archiveRules") or []:
                self.put_rule(name, item["ruleName"], item)
            return 200, {"arn": arn}
        if method == "PUT" and is_rule:
            self.put_rule(name, key[1] or data["ruleName"], data)
            return 200, {}
        if key not in self.things:
            return 404, {"message": "not there", "resourceId": key[1] or name, "resourceType": "ArchiveRule" if is_rule else "Analyzer"}
        if method == "DELETE":
            return 200, self.things.pop(key) and {}
        return 200, {"archiveRule" if is_rule else "analyzer": self.things[key]}

    def put_rule(self, analyzer, name, data):
        self.things[analyzer, name] = {"ruleName": name, "filter": data["filter"], "createdAt": EPOCH, "updatedAt": EPOCH}


class Macie(Stub):
    """Macie's custom data identifiers, classification jobs and the place for results; moto has the session only."""

    name, service = "macie2 identifiers, jobs and results", "macie2"
    paths = ("/custom-data-identifiers", "/jobs", "/classification-export-configuration")

    def __call__(self, region, method, path, data):
        kind, _, name = path.strip("/").partition("/")
        if kind == "classification-export-configuration":  # one in an account and region; put without a destination to remove it
            if method == "PUT":
                self.things[kind, ""] = data.get("configuration") or {}
            return 200, {"configuration": self.things.get((kind, ""), {})}
        if method == "POST" and not name:
            name = f"{len(self.things):032x}"
            arn = f"arn:aws:macie2:{region}:{account()}:{kind}/{name}"
            thing = {**data, "arn": arn, "createdAt": EPOCH}
            if kind == "jobs":
                thing.update(jobId=name, jobArn=arn, jobStatus="IDLE" if data.get("jobType") == "SCHEDULED" else "RUNNING")
            self.things[kind, name] = thing if kind == "jobs" else {**thing, "id": name}
            return 200, {"jobId": name, "jobArn": arn} if kind == "jobs" else {"customDataIdentifierId": name}
        if (kind, name) not in self.things:
            return 404, {"message": "no such resource"}
        if method == "DELETE":
            return 200, self.things.pop((kind, name)) and {}
        self.things[kind, name].update(data if method == "PATCH" else {})
        return 200, self.things[kind, name]


class MalwareScans(Stub):
    """GuardDuty's plans of malware protection; moto has detectors only."""

    name, service, paths = "guardduty malware protection", "guardduty", ("/malware-protection-plan", "/tags/")

    def __call__(self, region, method, path, data):
        name = path.strip("/").partition("/")[2]
        if path.startswith("/tags/"):  # by the ARN, which ends in the name
            return 200, {"tags": self.things.get(path.rpartition("/")[2].rpartition("%2F")[2], {}).get("tags", {})}
        if method == "POST" and not name:
            name = f"{len(self.things):032x}"
            arn = f"arn:aws:guardduty:{region}:{account()}:malware-protection-plan/{name}"
            self.things[name] = {**data, "arn": arn, "createdAt": 1704067200, "status": "ACTIVE"}
            return 200, {"malwareProtectionPlanId": name}
        if name not in self.things:
            return 404, {"message": "no such plan"}
        if method == "DELETE":
            return 200, self.things.pop(name) and {}
        return 200, self.things[name]


class Remediations(Stub):
    """AWS Config's remediation configurations."""

    name, service = "config remediation", "config"
    paths = tuple(f"StarlingDoveService.{action}" for action in
                  ("PutRemediationConfigurations", "DescribeRemediationConfigurations", "DeleteRemediationConfiguration"))

    def __call__(self, region, method, action, data):
        if "Put" in action:
            for item in data["RemediationConfigurations"]:
                arn = f"arn:aws:config:{region}:{account()}:remediation-configuration/{item['ConfigRuleName']}"
                self.things[item["ConfigRuleName"]] = {**item, "Arn": arn}
            return 200, {"FailedBatches": []}
        if "Delete" in action:
            self.things.pop(data["ConfigRuleName"], None)
            return 200, {}
        return 200, {"RemediationConfigurations": [self.things[n] for n in data["ConfigRuleNames"] if n in self.things]}


def mend_moto():
    """Where moto 5.2 falls over requests that AWS takes."""
    from moto.cloudtrail import models as trails
    from moto.iam import models as iam
    from moto.kms import models as kms
    from moto.s3 import models as s3

    def takes_arns(original):  # start, stop, delete and the selectors take a name or an ARN
        def short(value):
            return value.split(":trail/")[-1] if isinstance(value, str) else value

        def mended(self, *args, **kwargs):
            return original(self, *map(short, args), **{k: short(v) for k, v in kwargs.items()})
        return mended

    for name in ("start_logging", "stop_logging", "delete_trail", "put_event_selectors",
                 "get_event_selectors", "put_insight_selectors", "get_insight_selectors"):
        if original := getattr(trails.CloudTrailBackend, name, None):
            setattr(trails.CloudTrailBackend, name, takes_arns(original))

    create_key = kms.KmsBackend.create_key

    def create_tagged_key(self, *args, **kwargs):  # CloudFormation's tags say Key, the service's TagKey
        if "tags" in kwargs:
            kwargs["tags"] = [{"TagKey": t["Key"], "TagValue": t["Value"]} if "Key" in t else t for t in kwargs["tags"]]
        return create_key(self, *args, **kwargs)

    kms.KmsBackend.create_key = create_tagged_key

    def knows(kind, original, make):  # whom a profile grants something to is there before it
        def mended(self, policy_arn, *name, **named):
            name = name[0] if name else named[f"{kind}_name"]
            if name not in getattr(self, f"{kind}s") and (kind != "role" or all(r.name != name for r in self.roles.values())):
                make(self, name)
            return original(self, policy_arn, name)
        return mended

    backend = iam.IAMBackend
    backend.attach_user_policy = knows("user", backend.attach_user_policy, lambda self, name: self.create_user("us-east-1", name))
    backend.attach_group_policy = knows("group", backend.attach_group_policy, lambda self, name: self.create_group(name))
    backend.attach_role_policy = knows("role", backend.attach_role_policy,
                                       lambda self, name: self.create_role(name, "{}", "/", None, "", [], "3600"))

    def as_list(value):
        return value if isinstance(value, list) else [value]

    def log_policy(target_bucket, target_prefix):
        """May S3 log delivery write here? (moto dies of a "*" principal, and knows one spelling of the prefix)"""
        key = f"{target_bucket.arn}/{target_prefix or ''}x"
        return any(
            statement["Effect"] == "Allow" and isinstance(statement.get("Principal"), dict)
            and "logging.s3.amazonaws.com" in as_list(statement["Principal"].get("Service"))
            and any(fnmatch.fnmatchcase(key, pattern) for pattern in as_list(statement.get("Resource", "")))
            for statement in json.loads(target_bucket.policy or b"{}").get("Statement", []))

    s3.FakeBucket._log_permissions_enabled_policy = staticmethod(log_policy)


def teach_cloudformation(placeheld):
    """Bucket policies and groups for moto's CloudFormation, and a placeholder for every other type that it
    would skip: else each Ref to one is null. Placeheld types go into the set given."""
    from moto.cloudformation import parsing
    from moto.core.common_models import CloudFormationModel
    from moto.iam.models import iam_backends
    from moto.s3.models import s3_backends
    from moto.utilities.utils import get_partition

    class Placeholder(CloudFormationModel):
        __module__ = "moto.s3.models"  # moto files models by module

        def __init__(self, name, region):
            self.physical_resource_id, self.region = name, region

        @staticmethod
        def cloudformation_name_type():
            return ""

        @staticmethod
        def cloudformation_type():
            return "S3Harden::Placeholder"

        @classmethod
        def has_cfn_attr(cls, attr):
            return True

        def get_cfn_attribute(self, attr):
            arn = f"arn:{get_partition(self.region)}:mock:{self.region}:{account()}:{self.physical_resource_id}"
            return arn if attr.endswith("Arn") else attr

        @classmethod
        def create_from_cloudformation_json(cls, resource_name, cloudformation_json, account_id, region_name, **kwargs):
            properties = cloudformation_json.get("Properties") or {}
            return cls(cls.create(resource_name, properties, account_id, region_name, kwargs["ResourceType"]), region_name)

        @classmethod
        def create(cls, name, properties, account_id, region, kind):
            placeheld.add(kind)
            return name

        @classmethod
        def delete_from_cloudformation_json(cls, *args):
            pass

    class BucketPolicy(Placeholder):
        __module__ = "moto.s3.models"

        @classmethod
        def create(cls, name, properties, account_id, region, kind):
            document = json.dumps(properties["PolicyDocument"], default=str).encode()
            s3_backends[account_id][get_partition(region)].put_bucket_policy(properties["Bucket"], document)
            return properties["Bucket"]

    class Group(Placeholder):
        __module__ = "moto.iam.models"

        @classmethod
        def create(cls, name, properties, account_id, region, kind):
            name = properties.get("GroupName", name)
            iam_backends[account_id][get_partition(region)].create_group(name, "/")
            return name

    known, taught = parsing.resource_class_from_type, {"AWS::S3::BucketPolicy": BucketPolicy, "AWS::IAM::Group": Group}
    parsing.resource_class_from_type = lambda kind: taught.get(kind) or known(kind) or Placeholder


class Mock:
    """with Mock(account, region) as mock: mock.env(), mock.client(service), mock.reset(), mock.errors

    One for each process: moto's state belongs to it.
    """

    def __init__(self, account_id=None, region="us-east-1"):
        os.environ["MOTO_ACCOUNT_ID"] = account_id or os.environ.get("MOTO_ACCOUNT_ID") or "123456789012"
        os.environ["MOTO_IAM_LOAD_MANAGED_POLICIES"] = "true"
        os.environ["S3_IGNORE_SUBDOMAIN_BUCKETNAME"] = "true"
        from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
        from werkzeug.serving import make_server

        for name in ("werkzeug", "moto"):
            logging.getLogger(name).setLevel(logging.ERROR)
        self.region = region
        self.placeheld, self.errors, self.stubbed, self.given = set(), {}, set(), {}
        mend_moto()
        teach_cloudformation(self.placeheld)
        self.stubs = [AccessAnalyzer(), Macie(), MalwareScans(), Remediations()]
        self.moto = DomainDispatcherApplication(create_backend_app)
        self.server = make_server("127.0.0.1", 0, self._app, threaded=True)

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server.server_port}"

    def env(self):
        """Environment for a client that shall see only this server."""
        return {
            "AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing",
            "AWS_SESSION_TOKEN": "", "AWS_PROFILE": "", "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
            "AWS_REGION": self.region, "AWS_DEFAULT_REGION": self.region,
            "AWS_ENDPOINT_URL": f"http://{HOST}", "AWS_MAX_ATTEMPTS": "2",
            "AWS_CA_BUNDLE": "", "HTTP_PROXY": self.url, "http_proxy": self.url,
            "HTTPS_PROXY": self.url, "https_proxy": self.url, "NO_PROXY": "", "no_proxy": "",
        }

    def client(self, service):
        """A boto3 client that reads nothing from the environment."""
        import boto3
        for key in [k for k in os.environ if k.startswith("AWS_") or k.lower().endswith("_proxy")]:
            del os.environ[key]
        os.environ.update(AWS_EC2_METADATA_DISABLED="true", AWS_CONFIG_FILE="/dev/null", AWS_SHARED_CREDENTIALS_FILE="/dev/null")
        return boto3.client(service, endpoint_url=self.url, region_name=self.region,
                            aws_access_key_id="testing", aws_secret_access_key="testing")

    def reset(self, existing=()):
        """Forgets everything; then makes the buckets that are to be there before."""
        from moto.moto_api._internal.models import moto_api_backend
        from moto.s3.models import s3_backends
        from moto.utilities.utils import get_partition

        moto_api_backend.reset()
        for stub in self.stubs:
            stub.things.clear()
        partition = get_partition(self.region)
        self.given = {
            name: {"Version": "2012-10-17", "Statement": [
                {"Effect": "Allow", "Principal": {"Service": "logging.s3.amazonaws.com"}, "Action": "s3:PutObject",
                 "Resource": f"arn:{partition}:s3:::{name}/*"}]}
            for name in existing}
        for name, policy in self.given.items():
            s3_backends[account()][partition].create_bucket(name, self.region)
            s3_backends[account()][partition].put_bucket_policy(name, json.dumps(policy).encode())
        self.placeheld.clear()
        self.errors.clear()
        self.stubbed.clear()

    def write_policies(self, folder):
        """Each bucket's policy as it was deployed, to FOLDER/BUCKET.json, none that was there before; IAM's; access points'."""
        from moto.s3control.models import s3control_backends
        from moto.utilities.utils import get_partition

        # The client of s3control would put the account into the name of the host.
        s3, iam = self.client("s3"), self.client("iam")
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        for bucket in s3.list_buckets()["Buckets"]:
            try:
                policy = json.loads(s3.get_bucket_policy(Bucket=bucket["Name"])["Policy"])
            except s3.exceptions.ClientError:
                continue
            if policy == self.given.get(bucket["Name"]):
                continue
            (folder / f"{bucket['Name']}.json").write_text(json.dumps(policy, indent=2, sort_keys=True) + "\n")
        for policy in iam.list_policies(Scope="Local")["Policies"]:
            version = iam.get_policy_version(PolicyArn=policy["Arn"], VersionId=policy["DefaultVersionId"])["PolicyVersion"]
            held = iam.list_entities_for_policy(PolicyArn=policy["Arn"])
            by = {kind: sorted(one[f"{kind}Name"] for one in held[f"Policy{kind}s"]) for kind in ("User", "Group", "Role")}
            text = json.dumps({"document": version["Document"], "attached": by}, indent=2, sort_keys=True)
            (folder / f"iam-{policy['PolicyName']}.json").write_text(text + "\n")
        for name, point in s3control_backends[account()][get_partition(self.region)].access_points[account()].items():
            if point.policy:
                text = json.dumps(json.loads(point.policy), indent=2, sort_keys=True)
                (folder / f"point-{name}.json").write_text(text + "\n")

    def _app(self, environ, start_response):
        scope = re.search(r"Credential=[^/]*/\d+/([^/]*)/([^/]*)/", environ.get("HTTP_AUTHORIZATION", ""))
        region, service = scope.groups() if scope else (self.region, "?")
        method, path = environ["REQUEST_METHOD"], environ.get("HTTP_X_AMZ_TARGET") or environ["PATH_INFO"]
        for stub in self.stubs:
            if service == stub.service and path.startswith(stub.paths):
                self.stubbed.add(stub.name)
                body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
                status, answer = stub(region, method, path, json.loads(body or b"{}"))
                headers = [("Content-Type", "application/json")]
                if status == 404:
                    headers.append(("x-amzn-errortype", "ResourceNotFoundException"))
                start_response(f"{status} x", headers)
                return [json.dumps(answer).encode()]

        def record(status, headers, exc_info=None):
            record.status = status
            return start_response(status, headers, exc_info) if exc_info else start_response(status, headers)

        call = f"{service} {method} {path}"
        try:
            body = b"".join(self.moto(environ, record))
        except Exception as e:  # a gap in moto: say so at once, or the client retries for minutes
            where = traceback.extract_tb(e.__traceback__)[-1]
            self.errors[f"moto's gap: {call}"] = [1, f"{type(e).__name__}: {e} ({where.name})"]
            start_response("400 x", [("Content-Type", "application/json"), ("x-amzn-errortype", "MotoGap")])
            return [json.dumps({"__type": "MotoGap", "message": f"moto cannot: {e!r}"}).encode()]
        if record.status[:1] in "45":
            seen = self.errors.setdefault(f"{record.status[:3]} {call}", [0, ""])
            seen[0] += 1
            seen[1] = " ".join(body.decode(errors="replace").split())[:300]
        return [body]
